"""report.py - from the results to the table on the terminal and to docs/BENCHMARK.md."""
SUBJECTS = ("sample", "split", "poll", "archive", "units", "sizes")
import datetime, json, os
def surroundings():
    return {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")}
def write(work, output):
    for s in SUBJECTS:
        p=os.path.join(work,s+".json")
        if not os.path.exists(p): continue
        d=json.load(open(p)); print("##",d["title"], d["seconds"],"s")
        for t in d["tables"]:
            print(t["caption"]); print(" | ".join(t["columns"]))
            for r in t["rows"]: print(" | ".join(map(str,r)))
        for t in d["targets"]: print(t)
        print(d["skipped"], d["figures"])

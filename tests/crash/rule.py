#!/usr/bin/env python3
# rule.py - mon-rule --live, broken at random: is each incident told exactly once in the end?
#
#	rule.py SCENARIOS [SEED]
#
# A scenario is a random hour of three qubes, judged poll by poll by `mon-rule --live | mon-split`, with
# a list of dom0 in a pipe of its own every minute, as the units do.  About half of the runs of both
# programs are broken by crash/fault.c at a random call: killed, EIO, a full disk, half a write; some
# runs do not happen at all.  What is in the record then is held against mon-rule as a filter on the
# same lines.  In every third scenario the state is lost, too: then the times may differ, but
# each incident still has one FIRING and one RESOLVED.
#
# From MON_BIN, MON_FAULT.
import atexit, collections, datetime, glob, os, random, shutil, subprocess, sys, tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from preload import link_fault  # noqa: E402

BIN = os.environ["MON_BIN"]
LINKS = tempfile.mkdtemp(prefix="mon-fault.")
atexit.register(shutil.rmtree, LINKS, ignore_errors=True)
FAULT = link_fault(LINKS)
T0 = 1756641600
RULES = """hot: cpu > 90 for 30s until < 70 for 20s on *
flap: cpu > 90 on work
out: rate(network.tx_bytes) > 100 for 20s on *
silent: missing for 30s on *
down: state != Running for 2m on *
"""
KINDS = ["kill", "kill", "torn", "eio", "enospc", "filled", "short", "eintr"]


def stamp(t):
    return datetime.datetime.fromtimestamp(t, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def run(rnd, argv, text, folder, broken, counts):
    env = dict(os.environ, TZ="UTC", MON_DIR=folder + "/Monitor", MON_SELF="sys-monitor")
    if broken:
        kind = rnd.choice(KINDS)
        env.update(LD_PRELOAD=FAULT, FAULT_TOOL=argv[0], FAULT_KIND=kind, FAULT_AT=str(rnd.randrange(1, 30)),
            FAULT_HIT=folder + "/hit")
    out = subprocess.run([f"{BIN}/{argv[0]}"] + argv[1:], input=text, env=env, capture_output=True)
    if broken and os.path.exists(folder + "/hit"):
        os.unlink(folder + "/hit")
        counts[argv[0] + " " + kind] += 1
    elif out.returncode not in (0, 3) and not broken:
        sys.exit(f"{argv}: exit {out.returncode}: {out.stderr.decode()}")
    return out.stdout


def scenario(rnd, counts, lose):
    folder = tempfile.mkdtemp(prefix="mon-rule.")
    everything, level, sent = [], {}, collections.Counter()
    with open(folder + "/rules", "w") as f:
        f.write(RULES)
    judge = ["mon-rule", "--live", "--rules", folder + "/rules"]

    def pipe(lines, broken):
        text = "".join(l + "\n" for l in lines).encode()
        everything.extend(lines)
        run(rnd, ["mon-split", "--no-sync"], text, folder, False, counts)
        if broken and rnd.random() < 0.1:
            return  # no mon-rule at all
        rows = run(rnd, judge, text, folder, broken and rnd.random() < 0.5, counts)
        run(rnd, ["mon-split"], rows, folder, broken and rnd.random() < 0.3, counts)
        if broken and lose and rnd.random() < 0.1:
            how = rnd.choice(["gone", "half"])
            path = folder + "/Monitor/rules.state"
            if os.path.exists(path):
                os.truncate(path, os.path.getsize(path) // 2)
                if how == "gone":
                    os.unlink(path)
    polls = 60
    for i in range(polls):
        t, broken, lines = T0 + 10 * i, 2 < i < polls - 14, []
        for q in ["sys-net", "vault", "work"]:
            l = level.get(q)
            if l is None or l[0] == 0 or i == polls - 12:
                calm = i >= polls - 12
                l = level[q] = [99 if calm else rnd.choice([1, 2, 3, 4, 5, 6]), 50 if calm else rnd.choice([50, 80, 97]),
                    0 if calm else rnd.choice([0, 500, 2000]), "ok" if calm else rnd.choice(["ok"] * 5 + ["timeout", "skipped"]),
                    "Running" if calm else rnd.choice(["Running", "Running", "Halted"]), l[5] if l else 0]
            l[0] -= 1
            l[5] += l[2]
            if l[3] == "ok":
                lines.append(f"{stamp(t)} {q} sys: 0,0,{100 - l[1]},0,0,0,1,1,1,0,0,1,0")
                lines.append(f"{stamp(t)} {q} net: eth0,0,0,0,{l[5]},0,0")
            lines.append(f"{stamp(t)} {q} scrape: {l[3]},1,1,1,0")
        if i % 6 == 0:
            pipe([f"{stamp(t)} {q} state: {l}" for q, l in [("dom0", "Running")] + [(q, level[q][4]) for q in sorted(level)]], broken)
        pipe(lines, broken)
    # The calm end has told all, unless a row of the very last run is still in the outbox.
    with open(folder + "/Monitor/rules.state") as f:
        state = f.read()
    theirs = run(rnd, ["mon-rule", "--rules", folder + "/rules"], "".join(l + "\n" for l in everything).encode(), folder, False, counts)
    want = collections.Counter(theirs.decode().splitlines())
    have = collections.Counter()
    for path in glob.glob(folder + "/Monitor/*/alerts.csv"):
        with open(path) as f:
            for row in f.read().splitlines()[1:]:
                ts, q, msg = row.split(",")
                have[f"{ts} {q} alert: {msg}"] += 1
    rows = 0
    for path in glob.glob(folder + "/Monitor/*/*.csv"):
        if not path.endswith("/alerts.csv"):
            with open(path) as f:
                rows += len(f.read().splitlines()) - 1
    problems = []
    if rows != len(everything):
        problems.append(f"{len(everything) - rows} rows of the record lost")
    if "\nsend " in state:
        problems.append("still in the outbox: " + state)
    if not lose and want != have:
        problems.append("missing: " + str(sorted((want - have).elements())) + "\ntoo many: " + str(sorted((have - want).elements())))
    turn = {}
    for line in sorted(have.elements(), key=lambda l: (l.split(" ")[0], "FIRING" in l)):
        _, q, _, name, what = line.split(" ")[:5]
        if (what == "FIRING") == turn.get((q, name), False):
            problems.append("out of turn: " + line)
        turn[q, name] = what == "FIRING"
    if any(turn.values()):
        problems.append("without an end: " + str([k for k, v in turn.items() if v]))
    if problems:
        print("\n".join(problems), "\nsee", folder)
        sys.exit(1)
    shutil.rmtree(folder)
    return sum(have.values())


def main():
    n, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    counts, told = collections.Counter(), 0
    for i in range(n):
        print(f"scenario {seed + i}", file=sys.stderr)
        told += scenario(random.Random(seed + i), counts, i % 3 == 2)
    print(f"{n} scenarios, {sum(counts.values())} faults, {told} rows told, each once")
    for name, k in sorted(counts.items()):
        print(f"  {name}: {k}")
    if sum(counts.values()) < n or told < n:
        sys.exit("too little happened: this tells nothing")


if __name__ == "__main__":
    main()

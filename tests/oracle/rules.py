#!/usr/bin/env python3
# rules.py - mon-rule against promtool (Prometheus), and against vmalert (VictoriaMetrics), on random
# series: which is FIRING after which sample?
#
#	rules.py promtool|vmalert SERIES [SEED]
#
# Only where they mean what docs/RULES.md says: no gaps, no resets (Prometheus takes the value behind
# a reset for its rise), and for vmalert no "until" (it replays each rule by itself).  mon-rule is
# found on PATH.  Exit 77: the peer is not installed.
import random, shutil, subprocess, sys, tempfile, time, datetime, os, socket, urllib.request, json

STEP, STEPS, T0 = 10, 60, 1756641600
RULES = [  # name, ours, expr of the same, for, keep_firing_for
    ("a", "custom.value > 90", "m > 90", "30s", None),
    ("b", "custom.value >= 90 for 0s", "m >= 90", "0s", None),
    ("c", "custom.value < 20.5 for 60s", "m < 20.5", "60s", None),
    ("d", "custom.value > 90 for 20s until < 70 for 30s",
     '(m > 90) or ((m >= 70) and on(vm) ALERTS{alertname="d",alertstate="firing"})', "20s", "30s"),
    ("e", "custom.value > 90 until < 70",
     '(m > 90) or ((m >= 70) and on(vm) ALERTS{alertname="e",alertstate="firing"})', "0s", None),
    ("f", "rate(connections.udp_sockets) > 5 for 20s", "irate(c[25s]) > 5", "20s", None),
]


def stamp(t):
    return datetime.datetime.fromtimestamp(t, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def series(rnd):
    """Values that stay around the limits for as long as the rules wait, more or less."""
    out, level = [], 50
    while len(out) < STEPS:
        level = rnd.choice([50, 90, 90.1, 95, 89.9, 70, 69.9, 80, 20.4, 20.5, 10])
        out += [level] * rnd.choice([1, 1, 2, 3, 4, 5, 6, 7, 8])
    return out[:STEPS]


def counter(rnd):
    n, out = rnd.randrange(1000), []
    while len(out) < STEPS:
        rise = rnd.choice([0, 49, 50, 51, 60, 500])
        for _ in range(rnd.choice([1, 2, 3, 4])):
            n += rise
            out.append(n)
    return out[:STEPS]


def ours(gauges, counters):
    """(rule, qube) -> the steps after which it is FIRING."""
    lines = []
    for i in range(STEPS):
        for q in gauges:
            lines.append(f"{stamp(T0 + i * STEP)} {q} custom: t,{gauges[q][i]}")
            lines.append(f"{stamp(T0 + i * STEP)} {q} conn: 0,{counters[q][i]}")
    rules = ""
    for name, text, _, hold, _ in RULES:
        rules += f"{name}: {text}{'' if ' for ' in text.split(' until ')[0] else ' for ' + hold if hold != '0s' else ''} on *\n"
    # "for" stands before "until"
    rules = rules.replace("until < 70 for 0s", "until < 70")
    with tempfile.NamedTemporaryFile("w", suffix=".rules") as f:
        f.write(rules)
        f.flush()
        subprocess.run(["mon-rule", "--check", f.name], check=True)
        r = subprocess.run(["mon-rule", "--rules", f.name], input="\n".join(lines) + "\n", text=True, capture_output=True)
    if r.returncode != 0:
        sys.exit(f"mon-rule: exit {r.returncode}: {r.stderr}")
    began, firing = {}, {}
    for line in r.stdout.splitlines():
        ts, q, _, name, what = line.split(" ")[:5]
        step = (int(datetime.datetime.fromisoformat(ts[:-1] + "+00:00").timestamp()) - T0) // STEP
        key = (name[1:], q)
        if what == "FIRING":
            assert key not in began, f"twice: {line}"
            began[key] = step
        else:
            firing.setdefault(key, set()).update(range(began.pop(key), step))
    for key, step in began.items():
        firing.setdefault(key, set()).update(range(step, STEPS))
    return firing


def promtool(gauges, counters, firing, folder):
    with open(f"{folder}/rules.yml", "w") as f:
        f.write("groups:\n- name: g\n  interval: 10s\n  rules:\n")
        for name, _, expr, hold, keep in RULES:
            f.write(f"  - alert: {name}\n    expr: '{expr}'\n    for: {hold}\n")
            if keep:
                f.write(f"    keep_firing_for: {keep}\n")
    with open(f"{folder}/test.yml", "w") as f:
        f.write("rule_files: [rules.yml]\nevaluation_interval: 10s\ntests:\n- interval: 10s\n  input_series:\n")
        for q in gauges:
            f.write(f"  - series: 'm{{vm=\"{q}\"}}'\n    values: '{' '.join(map(str, gauges[q]))}'\n")
            f.write(f"  - series: 'c{{vm=\"{q}\"}}'\n    values: '{' '.join(map(str, counters[q]))}'\n")
        f.write("  alert_rule_test:\n")
        for name, *_ in RULES:
            for i in range(STEPS):
                f.write(f"  - eval_time: {i * STEP}s\n    alertname: {name}\n    exp_alerts:")
                alerts = [q for q in gauges if i in firing.get((name, q), ())]
                f.write("".join(f"\n    - exp_labels: {{vm: {q}}}" for q in alerts) if alerts else " []")
                f.write("\n")
    r = subprocess.run(["promtool", "test", "rules", f"{folder}/test.yml"], capture_output=True, text=True)
    return r.returncode == 0, (r.stdout + r.stderr)[:3000]


def wait_for(url):
    for _ in range(200):
        try:
            return urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            time.sleep(0.1)
    sys.exit(f"{url} does not answer")


def vmalert(gauges, counters, firing, folder):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    names = [r for r in RULES if " until " not in r[1] and r[0] != "f"]
    with open(f"{folder}/rules.yml", "w") as f:
        f.write("groups:\n- name: g\n  interval: 10s\n  rules:\n")
        for name, _, expr, hold, _ in names:
            f.write(f"  - alert: {name}\n    expr: '{expr}'\n    for: {hold}\n")
    db = subprocess.Popen(["victoria-metrics", f"-storageDataPath={folder}/db", f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=100y", "-search.latencyOffset=0s", "-search.maxStalenessInterval=10s"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        wait_for(base + "/health")
        rows = "".join(f'm{{vm="{q}"}} {v} {(T0 + i * STEP) * 1000}\n' for q in gauges for i, v in enumerate(gauges[q]))
        urllib.request.urlopen(base + "/api/v1/import/prometheus", data=rows.encode()).read()
        urllib.request.urlopen(base + "/internal/force_flush").read()
        end = T0 + (STEPS - 1) * STEP
        r = subprocess.run(["vmalert", f"-rule={folder}/rules.yml", f"-datasource.url={base}", f"-remoteWrite.url={base}",
            f"-replay.timeFrom={stamp(T0)}", f"-replay.timeTo={stamp(end)}", "-replay.maxDatapointsPerQuery=100000", "-datasource.queryStep=10s",
            "-replay.rulesDelay=100ms", "-httpListenAddr=127.0.0.1:0", "-remoteWrite.flushInterval=100ms"], capture_output=True, text=True)
        if r.returncode != 0:
            sys.exit("vmalert: " + r.stderr[-2000:])
        time.sleep(1)
        urllib.request.urlopen(base + "/internal/force_flush").read()
        query = base + f"/api/v1/export?match[]=ALERTS&start={T0 - 1}&end={end + 1}"
        theirs = {}
        for line in urllib.request.urlopen(query).read().decode().splitlines():
            s = json.loads(line)
            if s["metric"]["alertstate"] != "firing":
                continue
            theirs.setdefault((s["metric"]["alertname"], s["metric"]["vm"]), set()).update(
                (t // 1000 - T0) // STEP for t in s["timestamps"])
    finally:
        db.terminate()
        db.wait()
    if not theirs:
        sys.exit("vmalert wrote no alert: " + r.stderr[-1500:])
    mine = {k: v for k, v in firing.items() if v and k[0] in [n[0] for n in names]}
    odd = [(k, sorted(mine.get(k, set()) ^ theirs.get(k, set()))) for k in sorted(set(mine) | set(theirs)) if mine.get(k) != theirs.get(k)]
    return not odd, f"{len(odd)} differ, of {len(mine)}: {odd[:5]}"


def main():
    peer, n = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    for program in ["promtool"] if peer == "promtool" else ["victoria-metrics", "vmalert"]:
        if shutil.which(program) is None:
            print(f"skipped: {program} is not installed: tests/setup test")
            sys.exit(77)
    rnd = random.Random(seed)
    at_once = 250
    incidents = 0
    for first in range(0, n, at_once):
        names = [f"q{i}" for i in range(first, min(n, first + at_once))]
        gauges, counters = {q: series(rnd) for q in names}, {q: counter(rnd) for q in names}
        firing = ours(gauges, counters)
        incidents += len(firing)
        with tempfile.TemporaryDirectory() as folder:
            good, text = (promtool if peer == "promtool" else vmalert)(gauges, counters, firing, folder)
        if not good:
            print(f"seed {seed}, series from {first}: {text}")
            sys.exit(1)
    if incidents < n:
        sys.exit(f"only {incidents} series fired: this tells nothing")
    print(f"{n} series of {STEPS} samples by {len(RULES)} rules, {incidents} of them FIRING at some time: as {peer} says")


main()

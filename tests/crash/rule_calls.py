#!/usr/bin/env python3
# rule_calls.py - the live pipes of the units, broken at each call in turn: is each incident told exactly once?
#
#	rule_calls.py [CASES [SEED]]	so many cases (20), chosen anew each day
#	rule_calls.py --all [EVERY]	each case; or one of EVERY, from a place that the day says
#
# A case is a way in which the run is disturbed, a program of a pipe (mon-split --pass, mon-rule --live, mon-split),
# and a call of it, counted by fault.c, that is killed or fails with EIO or ENOSPC: in the run in which incidents begin,
# and again in that in which they end.  The poll and the list of dom0 run at once, as the units may.  Then
# each incident has one FIRING and one RESOLVED in the record, nothing is left in the outbox, and
# no row of the record is lost, but those of a first mon-split that was broken itself.
#
# From MON_BIN, MON_FAULT.
import collections
import datetime
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from rule import BIN, FAULT, T0, stamp  # noqa: E402

RULES = """hot: cpu > 90 for 10s until < 70 on *
out: rate(network.tx_bytes) > 100 on *
down: state != Running on *
"""
INCIDENTS = {"hot", "out", "down"}
#  CPU, bytes sent, state of work; is it broken?
STEPS = [(97, 0, "Running", False), (97, 5000, "Halted", True), (97, 10000, "Halted", False),
         (50, 10000, "Running", True)] + [(50, 10000, "Running", False)] * 3
HOW = {
    "plain": [0, 10, 20, 30, 40, 50, 60],
    "lost": [0, 10, 20, 30, 40, 50, 60],  # rules.state is gone before the broken runs
    "damaged": [0, 10, 20, 30, 40, 50, 60],  # half of it is
    "set back": [0, 10, -3590, -3580, -3570, -3560, -3550],  # the clock, by an hour
    "ahead": [0, 10, 86420, 30, 40, 50, 60],  # for one run, by a day
}
PROGRAMS = [["mon-split", "--no-sync", "--pass"], ["mon-rule", "--live"], ["mon-split"]]
KINDS = ["kill", "eio", "enospc"]
SPACE = "open openat write print pwrite fallocate fsetxattr mkdir mkdirat linkat renameat renameat2".split()  # may meet ENOSPC
Case = collections.namedtuple("Case", "how pipe program kind call")


class Trouble(Exception):
    pass


def lines_of(pipe, ts, cpu, sent, state):
    if pipe == "qubes":
        return [f"{stamp(ts)} dom0 state: Running", f"{stamp(ts)} work state: {state}"]
    return [f"{stamp(ts)} work sys: 0,0,{100 - cpu},0,0,0,1,1,1,0,0,1,0", f"{stamp(ts)} work net: eth0,0,0,0,{sent},0,0",
            f"{stamp(ts)} work scrape: ok,1,1,2,0"]


def start(folder, pipe, lines, broken):
    """Start a pipe.  ${broken}: by the index of a program its (kind, call)."""
    env = dict(os.environ, TZ="UTC", MON_DIR=folder + "/Monitor", MON_RULES=folder + "/rules", MON_SELF="sys-monitor")
    procs, before = [], subprocess.PIPE
    for i, argv in enumerate(PROGRAMS):
        mine = dict(env)
        if i in broken:
            mine.update(LD_PRELOAD=FAULT, FAULT_TOOL=argv[0], FAULT_KIND=broken[i][0], FAULT_AT=str(broken[i][1]),
                        FAULT_HIT=f"{folder}/{pipe}.{i}.hit")
        with open(f"{folder}/{pipe}.{i}.err", "wb") as err:
            procs.append(subprocess.Popen([f"{BIN}/{argv[0]}"] + argv[1:], stdin=before, env=mine, stderr=err,
                                          stdout=subprocess.DEVNULL if i == 2 else subprocess.PIPE))
        if i:
            before.close()
        before = procs[-1].stdout
    try:
        procs[0].stdin.write("".join(line + "\n" for line in lines).encode())
        procs[0].stdin.close()
    except BrokenPipeError:
        pass
    return procs


def rows(folder, name):
    found = []
    for where, _, names in os.walk(folder + "/Monitor"):
        if name in names:
            with open(os.path.join(where, name)) as f:
                found += [r for r in f.read().splitlines() if not r.startswith("ts,vm,")]
    return found


def disturb(folder, how):
    path = folder + "/Monitor/rules.state"
    if how == "lost" and os.path.exists(path):
        os.unlink(path)
    if how == "damaged" and os.path.exists(path):
        os.truncate(path, os.path.getsize(path) // 2)


def step(folder, how, number, broken):
    """One run of both pipes at once, ${broken} by the name of a pipe.  Returns the lines that went in."""
    cpu, sent, state, breaks = STEPS[number]
    ts, fed, running = T0 + HOW[how][number], [], {}
    if breaks:
        disturb(folder, how)
    for pipe in ("poll", "qubes"):
        lines = lines_of(pipe, ts, cpu, sent, state)
        running[pipe] = start(folder, pipe, lines, broken.get(pipe, {}))
        fed += [] if 0 in broken.get(pipe, {}) else lines  # what is lost there is not lost for a rule
    for pipe, procs in running.items():
        codes = [p.wait(60) for p in procs]
        if pipe not in broken and codes != [0, 0, 0]:
            said = "".join(open(f"{folder}/{pipe}.{i}.err").read() for i in range(3))
            raise Trouble(f"step {number}, {pipe}: exit codes {codes}: {said}")
    return fed


def check(folder, fed):
    told = collections.Counter()
    for row in rows(folder, "alerts.csv"):
        words = row.split(",")[2].split(" ")
        told[words[0][1:], words[1]] += 1
    want = {(name, what): 1 for name in INCIDENTS for what in ("FIRING", "RESOLVED")}
    if told != want:
        raise Trouble(f"told: {dict(told)}")
    with open(folder + "/Monitor/rules.state") as f:
        state = f.read()
    if "\nsend " in state:
        raise Trouble("still in the outbox: " + state)
    for name, kind in (("system.csv", "sys"), ("network.csv", "net"), ("qubes.csv", "state")):
        lost = collections.Counter(f"{l.split(' ')[0]},{l.split(' ')[1]},{l.split(': ', 1)[1]}" for l in fed if f" {kind}: " in l)
        lost -= collections.Counter(rows(folder, name))
        if lost:
            raise Trouble(f"lost from {name}: {dict(lost)}")


def run(case, begun):
    """One case.  Returns whether the fault struck."""
    folder = tempfile.mkdtemp(prefix="mon-rule.")
    shutil.copytree(begun, folder, dirs_exist_ok=True)
    fed, broken = [], {case.pipe: {case.program: (case.kind, case.call)}}
    try:
        for number in range(1, len(STEPS)):
            fed += step(folder, case.how, number, broken if STEPS[number][3] else {})
        check(folder, fed)
    except Trouble as e:
        print(f"{case}: {e}\nsee {folder}")
        return None
    struck = os.path.exists(f"{folder}/{case.pipe}.{case.program}.hit")
    shutil.rmtree(folder)
    return struck


def cases_of(how, begun):
    """All cases of it: as many calls as there are in the run with the most."""
    folder, most = tempfile.mkdtemp(prefix="mon-rule."), collections.Counter()
    shutil.copytree(begun, folder, dirs_exist_ok=True)
    log = {pipe: {i: ("log", 1) for i in range(len(PROGRAMS))} for pipe in ("poll", "qubes")}
    for number in range(1, len(STEPS)):
        step(folder, how, number, log if STEPS[number][3] else {})
        for pipe in log if STEPS[number][3] else ():
            # What happens to the state is nothing to the first mon-split.
            for i in range(0 if how == "plain" else 1, len(PROGRAMS)):
                path = f"{folder}/{pipe}.{i}.hit"
                with open(path) as f:
                    names = f.read().splitlines()
                os.unlink(path)
                for kind in KINDS:
                    n = len(names) if kind != "enospc" else len([name for name in names if name in SPACE])
                    most[pipe, i, kind] = max(most[pipe, i, kind], n)
    shutil.rmtree(folder)
    return [Case(how, *key, call) for key, n in most.items() for call in range(1, n + 1)]


def main():
    argv = sys.argv[1:]
    every = argv[:1] == ["--all"]
    argv = argv[1:] if every else argv
    today = datetime.date.today().toordinal()
    begun = tempfile.mkdtemp(prefix="mon-rule.")
    with open(begun + "/rules", "w") as f:
        f.write(RULES)
    step(begun, "plain", 0, {})
    cases = [case for how in HOW for case in cases_of(how, begun)]
    total = len(cases)
    if every:
        stride = int(argv[0]) if argv else 1
        cases, seed = cases[today % stride::stride], today
    else:
        seed = int(argv[1]) if len(argv) > 1 else today
        cases = random.Random(seed).sample(cases, int(argv[0]) if argv else 20)
    print(f"{len(cases)} of {total} cases, seed {seed}", flush=True)
    struck, failed, by = 0, 0, collections.Counter()
    for case in cases:
        hit = run(case, begun)
        failed += hit is None
        struck += hit is True
        by[" ".join(PROGRAMS[case.program]) + ", " + case.kind] += hit is True
    shutil.rmtree(begun)
    for name, n in sorted(by.items()):
        print(f"  {name}: {n}")
    print(f"{struck} faults struck, {failed} failed")
    if failed or struck < len(cases) // 2:
        sys.exit(1)


if __name__ == "__main__":
    main()

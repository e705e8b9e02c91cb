#!/usr/bin/env python3
"""hostile.py [POLLS] - 44 qubes, 43 of them hostile: is the honest one recorded, and at what price?

Every file in qubes/ is one attack (../fakes/README.md tells the words).  POLLS polls (5, at least 4)
are run as the poll unit runs them, with rules on all figures, 10 s apart by --now.  The tools and
qrexec-client-vm come from PATH.
MON_SLACK: seconds that a poll may end behind its deadline (1).  Prints the figures.
Exit status: 0 all promises held.
Example, by hand: tests/hostile/hostile.sh 200
"""
import collections
import datetime
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(SRC, "tests", "strict"))
from strict import Strict  # noqa: E402

HONEST = "zz-honest"  # last in the list: all others are asked before it
RSS_MAX_KB = 16 * 1024
# Rules that the hostile ones meet as often as they like; the honest one meets "alive" in its third answer.
RULES = """alive: procs_running >= 0 for 20s on *
every-if: network.rx_bytes >= 0 on *
rate-in: rate(network.rx_bytes) > 0 on *
rate-out: rate(network.tx_bytes) > 1GiB/s until < 1 on *
disk: disk.pct_used > 90% on *
hot: cpu > 90% until < 70% on *
mem: mem_avail_kb < 1MiB on *
odd: custom.value > 0 on *
names: custom.value <= 0 where name=* for 10s on *
stalled: rate(pressure.cpu_some_us) > 20% on *
io: rate(io.read_bytes) > 1 on *
silent: missing for 10s on *
"""
failures = []


def check(what, held, why=""):
    print(("ok   " if held else "FAIL ") + what + ("" if held else f"\n     {why}"), flush=True)
    if not held:
        failures.append(what)


def caps():
    """The caps of lib/pure/caps.h, by name."""
    with open(os.path.join(SRC, "lib", "pure", "caps.h")) as f:
        return {m[1]: int(m[2]) for m in re.finditer(r"^#define (\w+)\s+(\d+)\b", f.read(), re.M)}


def build_machine(machine):
    os.makedirs(os.path.join(machine, "big"))
    shutil.copytree(os.path.join(HERE, "qubes"), os.path.join(machine, "qubes"))
    with open(os.path.join(machine, "qubes", HONEST), "w") as f:
        f.write(f"honest={SRC}/tests/fixtures/debian-12\n")
    alert = b"alert: Aug 31 12:00:09 a: "
    big = {
        "million-lines": b"conn: 12,4\n" * 1000000,
        "binary": bytes(range(256)) * 240,
        "only-nuls": (b"\0" * 100 + b"\n") * 100,
        "thousand-digits": b"conn: " + b"9" * 1000 + b",1\nsys: 0." + b"9" * 1000 + b"\n",
        "columns": b"conn: " + b",".join([b"1"] * 10000) + b"\n" + b"conn: " + b"," * 4000 + b"\n",
        "alerts": b"".join(alert + b"%d\n" % i for i in range(200)),
        "interfaces": b"".join(b"net: eth%d,1,0,0,1,0,0\n" % i for i in range(10000)),
        "wide": b"".join([b"net: " + b"n%03d" % i + b"x" * 340 + b",1,0,0,1,0,0\n" for i in range(64)] +
                         [alert + b"y" * 470 + b"\n"] * 32 +
                         [b"custom: " + b"z%03d" % i + b"x" * 200 + b",1\n" for i in range(64)]),
        "high": b"".join(figures(b"same", 9 * 10**18, 100)),
        "low": b"".join(figures(b"same", 0, 0)),
    }
    for name, data in big.items():
        with open(os.path.join(machine, "big", name), "wb") as f:
            f.write(data)
    with open(os.path.join(machine, "big", "line-of-100-mib"), "wb") as f:
        f.truncate(100 << 20)  # NULs; a hole costs no disk
        f.write(b"alert: ")


def figures(name, counter, percent):
    """A row of each kind that has instances, for 40 of them."""
    for i in range(40):
        yield b"net: %s%d,%d,0,0,%d,0,0\n" % (name, i, counter, counter)
        yield b"disk: /dev/%s%d,/%s%d,100,%d,%d,%d%%\n" % (name, i, name, i, percent, 100 - percent, percent)
        yield b"io: %s%d,%d,%d,0,0,0,0,0\n" % (name, i, counter, counter)
        yield b"custom: %s%d,%d\n" % (name, i, counter)


def rename(machine, poll):
    with open(os.path.join(machine, "big", "renamed"), "wb") as f:
        f.writelines(figures(b"p%d-" % poll, 9 * 10**18, 100))


def clients(machine, seen):
    """The qrexec clients of this poll that still run; not the services, which are in the guests."""
    left = []
    with open(os.path.join(machine, "log")) as f:
        f.seek(seen[0])  # only the new calls: numbers of processes come again
        lines = f.readlines()
        seen[0] = f.tell()
    for line in lines:
        words = line.split()
        if words[1] != "call":
            continue
        try:
            with open(f"/proc/{words[2]}/stat") as s:
                if s.read().rsplit(")", 1)[1].split()[0] != "Z":
                    left.append(f"{words[3]} ({words[2]})")
        except OSError:
            pass  # gone, as it should be
    return left


class Poll:
    """mon-vmstate | mon-scrape - | mon-split | mon-rule, each under time(1): its peak memory, its exit
    code.  What mon-rule says is filed behind it, as a second mon-split would do it in the pipe."""

    def __init__(self, work, stamp, rules):
        self.work = work
        begun = time.monotonic()
        tools = {
            "mon-vmstate": ["mon-vmstate", "--now", stamp],
            "mon-scrape": ["mon-scrape", "--take", "--now", stamp, "--self", "sys-monitor", "-"],
            "mon-split": ["mon-split", "--pass"],
            "mon-rule": ["mon-rule", "--live", "--rules", rules],
        }
        before, procs = subprocess.DEVNULL, []
        for name, argv in tools.items():
            last = name == "mon-rule"
            procs.append(subprocess.Popen(
                ["/usr/bin/time", "-q", "-o", os.path.join(work, name + ".time"), "-f", "%M %x", *argv],
                stdin=before, stdout=open(os.path.join(work, "told"), "wb") if last else subprocess.PIPE,
                stderr=open(os.path.join(work, name + ".err"), "wb")))
            if before != subprocess.DEVNULL:
                before.close()
            before = procs[-1].stdout
        for p in procs:
            p.wait()
        with open(os.path.join(work, "told"), "rb") as f:
            self.told = f.read()
        self.filed = subprocess.run(["mon-split"], input=self.told, capture_output=True)
        self.seconds = time.monotonic() - begun
        self.rss, self.code = {}, {}
        for name in tools:
            with open(os.path.join(work, name + ".time")) as f:
                rss, code = f.read().split()[-2:]
            self.rss[name], self.code[name] = int(rss), int(code)

    def stderr(self, name):
        with open(os.path.join(self.work, name + ".err"), "rb") as f:
            return f.read()


def take_rows(base, sizes):
    """What was filed since the last call: {file: [row, ...]}."""
    rows = {}
    for where, _, names in os.walk(base):
        for name in [n for n in names if n.endswith(".csv")]:
            path = os.path.join(where, name)
            with open(path, "rb") as f:
                f.seek(sizes.get(path, 0))
                data = f.read()
            sizes[path] = sizes.get(path, 0) + len(data)
            rows.setdefault(name, []).extend(r for r in data.splitlines() if not r.startswith(b"ts,vm,"))
    return rows


def judge_rows(alerts, told, firing, wrong, cap):
    """The rows of rules among those of alerts.csv; what is wrong with them goes to ${wrong}."""
    mine = [r for r in alerts if r.split(b",", 2)[2].startswith(b"!")]
    # What is in the file twice, or was not said by mon-rule, is forged or lost.
    said = [b",".join(line.split(b" ", 3)[:2] + [line.split(b" alert: ", 1)[1]]) for line in told.splitlines()]
    if sorted(mine) != sorted(said):
        wrong.append(f"filed {len(mine)}, said {len(said)}: {sorted(set(mine) ^ set(said))[:3]}")
    a_qube = collections.Counter(r.split(b",")[1] for r in mine)
    if a_qube and max(a_qube.values()) > cap["MON_RULE_OUTBOX_QUBE"]:
        wrong.append(a_qube.most_common(1))
    for r in mine:
        _, vm, msg = r.split(b",", 2)
        words = msg.split(b" ")
        instance = words[2] if re.match(rb"(if|mount|dev|name)=", words[2]) else b""
        firing[vm, words[0], instance] += 1 if words[1] == b"FIRING" else -1
        if firing[vm, words[0], instance] not in (0, 1):
            wrong.append(f"out of turn: {r}")
    return mine


def odd_list(work, machine):
    """dom0's list with odd names and states: the good lines are filed, the others told once."""
    with open(os.path.join(machine, "dom0"), "w") as f:
        f.write("print=0\\0dom0 class=AdminVM state=Running\\nwork class=AppVM state=Running\\n"
                "../x class=AppVM state=Running\\n-rf class=AppVM state=Running\\n"
                "a b class=AppVM state=Running\\ne\\e[2Jvil class=AppVM state=Running\\n"
                "q class=AppVM state=Run,ning\\nr class=AppVM state=\\e[31m\\ns class=AppVM\\n"
                f"{'n' * 40} class=AppVM state=Running\\nn\\0ul class=AppVM state=Halted\\n"
                "t class=AppVM state=\"x\"\\nlast class=AppVM state=Halted uuid=1 new=2\\n\n")
    env = dict(os.environ, MON_DIR=os.path.join(work, "odd"))
    listed = subprocess.run(["mon-vmstate", "--now", "2025-08-31T12:00:00Z"], stdin=subprocess.DEVNULL,
                            capture_output=True, env=env)
    check("odd list: partly bad is exit 3, said in one line",
          listed.returncode == 3 and listed.stderr.count(b"\n") == 1, f"{listed.returncode} {listed.stderr}")
    filed = subprocess.run(["mon-split"], input=listed.stdout, capture_output=True, env=env)
    check("odd list: mon-split takes every line of it", filed.returncode == 0, filed.stderr)
    with open(os.path.join(work, "odd", "2025-08-31", "qubes.csv"), "rb") as f:
        names = [row.split(b",")[1] for row in f.read().splitlines()[1:]]
    check("odd list: the good ones are filed", {b"work", b"last"} <= set(names), names)
    check("odd list: no odd one is", not set(names) & {b"../x", b"-rf", b"q", b"r", b"t"}, names)


def run(work, polls, slack):
    machine, base = os.path.join(work, "machine"), os.path.join(work, "Monitor")
    build_machine(machine)
    os.makedirs(os.path.join(work, "run"))
    os.environ.update(FAKE_QUBES=machine, MON_DIR=base, XDG_RUNTIME_DIR=os.path.join(work, "run"), TZ="UTC")
    rules = os.path.join(work, "rules")
    with open(rules, "w") as f:
        f.write(RULES)
    cap = caps()
    deadline = cap["MON_RUN_MS"] / 1000
    # Of an answer half as much again may be filed, by stamps and names; of a day its quota.
    quota = min(polls * cap["MON_ANSWER_MAX"] * 3 // 2, cap["MON_QUOTA_DAY"] + cap["MON_QUOTA_FIGURES"])
    # The collector's own row of each question: stamp, name, result, four numbers.
    own_row = cap["MON_STAMP_LEN"] + cap["MON_VM_MAX"] + cap["MON_WORD_MAX"] + 4 * 5 + 7
    alone = subprocess.run(["mon-sample", "--root", f"{SRC}/tests/fixtures/debian-12", "--state-dir", work],
                           capture_output=True, check=False).stdout
    kinds = [line.split(b":")[0] for line in alone.splitlines()]
    want = {f: kinds.count(k) for f, k in (("system.csv", b"sys"), ("network.csv", b"net"),
                                           ("connections.csv", b"conn"), ("disk.csv", b"disk"))}
    hostile = sorted(set(os.listdir(os.path.join(machine, "qubes"))) - {HONEST})
    sizes, strict, seen = {}, Strict(), [0]
    worst = {"seconds": 0.0, "bytes": 0, "by": "", "told": 0}
    per_qube, own = dict.fromkeys(hostile, 0), 0
    rss = dict.fromkeys(("mon-vmstate", "mon-scrape", "mon-split", "mon-rule"), 0)
    told, drowned, firing = [], [], collections.Counter()
    total, gaps, codes, wrong, left, results = 0, [], [], [], [], {}
    clock = datetime.datetime(2025, 8, 31, 20, 0, 0)
    for n in range(1, polls + 1):
        stamp = (clock + datetime.timedelta(seconds=10 * n)).strftime("%Y-%m-%dT%H:%M:%SZ")
        rename(machine, n)
        if n == polls:  # the honest one's rule goes: its incident ends
            with open(rules, "w") as f:
                f.write(RULES.replace(" on *", f" on * except {HONEST}", 1))
        poll = Poll(work, stamp, rules)
        rows = take_rows(base, sizes)
        told += [(n, stamp, r) for r in judge_rows(rows.get("alerts.csv", []), poll.told, firing, drowned, cap)]
        for tool, kb in poll.rss.items():
            rss[tool] = max(rss[tool], kb)
        worst["seconds"] = max(worst["seconds"], poll.seconds)
        worst["told"] = max(worst["told"], poll.stderr("mon-scrape").count(b"\n"))
        if [poll.code[t] for t in rss] not in ([0, 3, 0, 0], [0, 3, 0, 3]) or poll.filed.returncode != 0:
            codes.append(f"poll {n}: {poll.code} {poll.stderr('mon-split')[:300]} {poll.stderr('mon-rule')[:300]}")
        now = dict.fromkeys(hostile, 0)
        for name, filed in rows.items():
            mine = [r for r in filed if r.split(b",")[1] == HONEST.encode()]
            if name in want and len(mine) != want[name]:
                gaps.append(f"poll {n}: {len(mine)} rows of {want[name]} in {name}")
            if name == "scrape.csv" and [r.split(b",")[2] for r in mine] != [b"ok"]:
                gaps.append(f"poll {n}: {mine}")
            for r in filed:
                ts, vm, what = (r.split(b",", 2) + [b""])[:3]
                if name == "alerts.csv" and what.startswith(b"!"):
                    continue  # a row of ours, looked at above; one that was kept back has an older stamp
                if ts != stamp.encode() or (vm.decode() not in now and vm.decode() != HONEST):
                    wrong.append(r)
                if vm.decode() in now and name == "scrape.csv":
                    own = max(own, len(r) + 1)
                elif vm.decode() in now:
                    now[vm.decode()] += len(r) + 1
                if name == "scrape.csv" and vm != HONEST.encode():
                    word = r.split(b",")[2].decode()
                    results[word] = results.get(word, 0) + 1
            if name == "scrape.csv" and len(filed) != len(hostile) + 1:
                wrong.append(f"{len(filed)} rows in scrape.csv at poll {n}".encode())
            for r in filed:
                if b"9,9" == r.split(b",", 2)[2] and r.split(b",")[1] == HONEST.encode():
                    wrong.append(r)
        if any(f not in rows for f in want):
            gaps.append(f"poll {n}: no rows at all in {sorted(set(want) - set(rows))}")
        worst["bytes"] = max(worst["bytes"], *now.values())
        total += sum(now.values())
        for qube, filed in now.items():
            per_qube[qube] += filed
        left += [f"poll {n}: {c}" for c in clients(machine, seen)]
    check("43 attacks, each of its own", len(hostile) == 43, hostile)
    check(f"the honest qube has all of its rows in {polls - len({g.split(':')[0] for g in gaps})} of {polls} polls", not gaps, gaps[:5])
    check(f"every poll ends within {deadline:g} s + {slack:g} s: the longest took {worst['seconds']:.2f} s",
          worst["seconds"] <= deadline + slack)
    for tool, kb in rss.items():
        check(f"{tool} stays below {RSS_MAX_KB} KiB: {kb} KiB at the most", kb < RSS_MAX_KB)
    worst["by"] = max(per_qube, key=per_qube.get)
    check(f"bytes filed per hostile qube stay within its quota of {quota} in {polls} polls: {per_qube[worst['by']]} at the most "
          f"({worst['by']}), {total / len(hostile):.0f} on average; {worst['bytes']} in one poll",
          per_qube[worst["by"]] <= quota)
    check(f"the row on each question stays below {own_row} bytes: {own}", 0 < own <= own_row)
    check("no client is left behind", not left, left[:5])
    check("no row with another stamp or name, none forged; one scrape row a qube", not wrong, wrong[:5])
    check("mon-vmstate 0, mon-scrape 3 (partly bad), mon-split 0, mon-rule 0 or 3: at every poll", not codes, codes[:3])
    check(f"at most one line a qube on stderr: {worst['told']}", worst["told"] <= 44)
    check(f"rules: {len(told)} rows, each of them by mon-rule, in turn, at most {cap['MON_RULE_OUTBOX_QUBE']} a qube and poll",
          not drowned and len(told) > polls, drowned[:5])
    mine = [(n, r.split(b",")[0].decode(), r.split(b",")[2].split(b" ")[:2]) for n, _, r in told
            if r.startswith(b"%s,%s,!alive " % (r[:20], HONEST.encode()))]
    at = [(clock + datetime.timedelta(seconds=10 * n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in (3, polls)]
    check("rules: the honest qube's own is told in the third poll, and its end in the last, whatever others do",
          mine == [(3, at[0], [b"!alive", b"FIRING"]), (polls, at[1], [b"!alive", b"RESOLVED"])], mine)
    odd_list(work, machine)
    bad = strict.check_folder(base) + strict.check_folder(os.path.join(work, "odd"))
    more, files = strict.ask_readers(fast=False)
    check(f"every strict reader opens all {files} files", not bad and not more, (bad + more)[:5])
    print(f"results of the hostile ones: {dict(sorted(results.items()))}")
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{polls} polls, {total} bytes filed for the hostile, {cpu.ru_utime + cpu.ru_stime:.1f} s of CPU with the simulation")


def main():
    polls = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    for v in list(os.environ):
        if v.startswith(("MON_", "QREXEC_")) and v not in ("MON_SLACK", "MON_SRC", "MON_BIN"):
            del os.environ[v]
    slack = float(os.environ.get("MON_SLACK", "1"))
    work = tempfile.mkdtemp(prefix="mon-hostile.")
    try:
        run(work, polls, slack)
    finally:
        shutil.rmtree(work, ignore_errors=True)  # ends whatever still waits in the simulation
        time.sleep(0.3)
        shutil.rmtree(work, ignore_errors=True)
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

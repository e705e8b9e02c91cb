"""record.py - a record to move: an hour of some qubes, honest and hostile, and what is in its CSV files.

The rows are read here by "split at the comma", which is what the format promises, and not by code of ours.
"""
import os
import subprocess
import sys
from collections import Counter, namedtuple
from datetime import datetime, timezone

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(SOURCE, "tests", "bench"))
import generate  # noqa: E402

DAY = "2025-08-31"
POLLS = int(os.environ.get("FEED_POLLS", "360"))
QUBES = int(os.environ.get("FEED_QUBES", "5"))
VALUES = {"integer", "decimal", "signed decimal", "percent"}
EVIL = "evil-1.x_Z"

Kind = namedtuple("Kind", "name stem columns")  # columns: (name, shape), without ts and vm
Row = namedtuple("Row", "kind t vm names texts values n")  # names, texts, values: tuples of strings, as filed


def hostile(ts):
    """Lines that our tools take, and that other programs may stumble over."""
    big = 2 ** 63 - 1
    longest = "m" + "/x" * 100
    alerts = ["Aug 31 12:00:09 a: it's \"so\" \\ c, d", "Aug 31 12:00:09 a: it's \"so\" \\ c, d", "ends with \\", "a=b c=1i,d=2 17",
              "{vm=\"work\"} 1 1", "'; DROP TABLE alerts; --", "$1 ${x} `id` %s %n", "h\u00e9llo \u6f22\u5b57 \U0001f600", "# HELP x",
              "NULL", "NaN", "null", "x" * 512, "\\n \\N \\. \\\"", "0", " leading and trailing "]
    names = ["eth0", "eth0", "a=b", "a\\040b\\054c\\134", "#x", "{x}", "a;b|c$d", "h\u00e9", "NULL", "NaN", "1", "true", "a\\075\\012"]
    yield from (f"alert: {a}" for a in alerts)
    yield from (f"net: {n},{big},{2 ** 53 + 1},0,{i},1,2" for i, n in enumerate(names))
    yield from (f"disk: /dev/x{i},{m},{big},0,1,{p}%" for i, (m, p) in enumerate([("/rw\\040x", 100), ("/a=b", 0), (longest, 7), ("/", 99)]))
    yield from (f"custom: {n},{v}" for n, v in [("temperature", "-5.5"), ("zero", "-0"), ("tiny", "0.000000001"), ("less", "-0.000001"),
                                               ("big", "123456789012.125"), ("n", "1"), ("value", "2"), ("vm", "3"), ("ts", "4"), ("five", "5")])
    yield f"conn: {big},0"
    yield "sys: 100.0,0.0,0,0.00,1,2.50,1,2,3,4,5,6,7"


def lines():
    """Stamped lines: honest ones, and hostile ones in some polls."""
    machine = generate.machine(QUBES)
    for poll in range(POLLS):
        ts = generate.stamp(generate.START + 10 * poll)
        for qube in machine:
            answer = qube.answer(generate.START + 10 * poll)
            if poll == POLLS // 2 and qube is machine[0]:  # it was started anew
                qube.received = qube.sent = 17
                qube.vifs = [[5, 5] for _ in qube.vifs]
            yield from (f"{ts} {qube.name} {line}" for line in answer)
            # dom0 does not always answer; some qubes do not either.
            result = "timeout" if qube.random.random() < 0.02 else "ok"
            yield f"{ts} {qube.name} scrape: {result},{qube.random.randrange(20, 60)},900,{len(answer)},0"
            if poll % 6 == 0:
                yield f"{ts} {qube.name} state: {'Paused' if qube.random.random() < 0.1 else 'Running'}"
                yield f"{ts} {qube.name} xen: {poll * 700 + qube.random.randrange(99)},{qube.total}"
        if poll % 90 == 5:
            yield from (f"{ts} {EVIL} {line}" for line in hostile(ts))
            yield from (f"{ts} {EVIL} state: {s}" for s in ("Halted", "Running", "Running"))


def seconds(ts):
    return int(datetime.strptime(ts, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp())


class Record:
    """In the folder AT: Monitor/DAY, and the archive monitor-DAY.tgz as mon-archive makes it."""

    def __init__(self, at):
        self.at = at
        self.monitor = os.path.join(at, "Monitor")
        os.makedirs(self.monitor)
        text = "".join(line + "\n" for line in lines())
        split = subprocess.run(["mon-split", "--dir", self.monitor, "--no-sync"], input=text.encode(), capture_output=True)
        if split.returncode != 0:
            raise RuntimeError(f"mon-split: exit {split.returncode}: {split.stderr.decode()}")
        made = subprocess.run(["mon-archive", "--dir", self.monitor, "--no-copy", "--out", at, "--now", "2025-09-02T12:00:00Z"], capture_output=True)
        if not os.path.exists(os.path.join(at, f"monitor-{DAY}.tgz")):
            raise RuntimeError(f"mon-archive: exit {made.returncode}: {made.stderr.decode()}")
        self.kinds = schema()
        self.rows = list(self.read())
        if len(self.rows) != text.count("\n"):
            raise RuntimeError(f"{text.count(chr(10))} lines, {len(self.rows)} rows")

    def read(self):
        for kind in self.kinds:
            with open(os.path.join(self.monitor, DAY, kind.stem + ".csv"), encoding="utf-8", newline="\n") as f:
                yield from parse(kind, f.read())


def parse(kind, text):
    """The rows of one CSV file."""
    header, *rows = text.split("\n")
    assert header == ",".join(["ts", "vm"] + [c for c, _ in kind.columns]), header
    assert rows.pop() == ""
    seen = Counter()
    for row in rows:
        ts, vm, *fields = row.split(",")
        assert len(fields) == len(kind.columns), row
        by = {"names": [], "texts": [], "values": []}
        for (_, shape), field in zip(kind.columns, fields):
            by["values" if shape in VALUES else "texts" if shape in ("text", "word") else "names"].append(field.removesuffix("%") if shape == "percent" else field)
        same = (ts, vm, *by["names"])
        seen[same] += 1
        yield Row(kind, seconds(ts), vm, tuple(by["names"]), tuple(by["texts"]), tuple(by["values"]), seen[same])


def schema():
    """The kinds, as mon-split prints them."""
    kinds, stem = [], None
    for line in subprocess.run(["mon-split", "--schema"], capture_output=True, text=True, check=True).stdout.splitlines():
        if line.startswith("## "):
            stem, columns = line[3:].removesuffix(".csv"), []
        elif line.startswith("Kind `"):
            kinds.append(Kind(line.split("`")[1], stem, columns))
        elif line.startswith("| ") and stem:
            cells = [c.strip() for c in line.split("|")]
            if cells[1] not in ("column", "ts", "vm"):
                columns.append((cells[1], cells[2]))
    return [k for k in kinds if k.stem != "archives"]


def columns(kind, *shapes):
    return [c for c, s in kind.columns if s in shapes]

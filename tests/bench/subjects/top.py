"""top.py - the terminal view: what a frame of mon-top costs, how soon the first stands there, and what it costs to watch."""
import fcntl
import itertools
import os
import pty
import select
import shutil
import statistics
import struct
import subprocess
import termios
import time

from bench import DAY, Command, Result, cpu_us, number, ratio, share
import generate

QUBES, STEP = 40, generate.STEP


def run(bench):
    result = Result("The terminal: mon-top")
    frames(bench, result)
    first_paint(bench, result)
    live(bench, result)
    return result


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, bench, argv):
        self.began = time.monotonic()
        self.fd, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 43, 132, 0, 0))
        self.process = subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
                                        env=bench.environment({"TERM": "xterm"}))
        os.close(theirs)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.fd)

    def paint(self, text):
        """Wait for TEXT on the screen; returns the microseconds since the start of the program."""
        seen = b""
        while text not in seen:
            if not select.select([self.fd], [], [], 20)[0]:
                raise RuntimeError(f"{self.process.args[0]} shows no {text!r}: {seen[-200:]!r}")
            seen += os.read(self.fd, 65536)
        return (time.monotonic() - self.began) * 1e6

    def settle(self):
        """Take what it draws until it waits for a key."""
        while select.select([self.fd], [], [], 0.03)[0] or not self.waits():
            if select.select([self.fd], [], [], 0)[0]:
                os.read(self.fd, 65536)

    def waits(self):
        with open(f"/proc/{self.process.pid}/stat") as text:
            return text.read().rsplit(")", 1)[1].split()[0] == "S"

    def cpu_us(self):
        return cpu_us(self.process.pid)

    def key(self, key):
        """Press it; returns the microseconds of CPU until it waits again."""
        before = self.cpu_us()
        os.write(self.fd, key)
        self.settle()
        return self.cpu_us() - before


def frames(bench, result):
    """From the start of the day to its end by the hour, some times: a list of times for each moment."""
    folder, _, _ = bench.day()
    moments = [[] for _ in range(23)]
    with Terminal(bench, [bench.tool("mon-top"), "--dir", folder, DAY]) as top:
        top.paint(b"QUBE")
        top.settle()
        for _ in range(bench.rounds(7)):
            top.key(b"g")
            for moment in moments:
                moment.append(top.key(b"}"))
    true = Command("true", ["/bin/true"], times=10)
    empty = bench.measure([true], bench.rounds(7))["true"].cpu_ms()
    each = [statistics.median(moment) / 1000 for moment in moments]
    result.row("a frame of 20 qubes, at any hour of a day", number(statistics.median(each)), "-", "-")
    result.row("the same, at the hour where it costs most", number(max(each)), "-", "-")
    result.target("mon-top: CPU of a frame, at the hour of a day where it costs most", "under 2 ms", f"{number(max(each))} ms", max(each) < 2,
                  f"an empty program takes {number(empty)} ms to start on this machine")


def first_paint(bench, result):
    folder, _, _ = bench.day()
    log = os.path.join(bench.folder(), "atop")
    walls, theirs = [], []
    atop = shutil.which("atop")
    if atop is None:
        result.skip("`atop -r`", "not installed (tests/setup bench)")
    else:
        subprocess.run([atop, "-w", log, "1", "2"], check=True, stdout=subprocess.DEVNULL)
    for _ in range(bench.rounds(11)):
        with Terminal(bench, [bench.tool("mon-top"), "--dir", folder, "--at", "14:30", DAY]) as top:
            walls.append(top.paint(b"QUBE"))
        if atop:
            with Terminal(bench, [atop, "-r", log]) as peer:
                theirs.append(peer.paint(b"ATOP"))
    result.row("the first frame of a day of 20 qubes: wall time", number(statistics.median(walls) / 1000), "1.00", "-")
    if atop:
        seen = statistics.median(a / b for a, b in zip(walls, theirs))
        result.row("`atop -r`, of a log of three seconds: wall time", number(statistics.median(theirs) / 1000), number(ratio(theirs, walls)), "-")
        result.target("mon-top: time to the first frame, of `atop -r`", "at most 1 x", share(seen), seen <= 1)


def live(bench, result):
    """40 qubes watched as polls come in: an hour is there already."""
    folder, now = bench.folder(), int(time.time())
    polls = generate.polls(QUBES)
    split = [bench.tool("mon-split"), "--no-sync", "--dir", folder]

    def file(lines):
        subprocess.run(split, input="".join(lines).encode(), env=bench.environment(), check=True)

    hour = [stamped(poll, now - 3600 + i * STEP) for i, poll in enumerate(itertools.islice(polls, 3600 // STEP))]
    file(line for poll in hour for line in poll)
    count = 1 if bench.quick else 2
    with Terminal(bench, [bench.tool("mon-top"), "--dir", folder]) as top:
        top.paint(b"QUBE")
        top.settle()
        before, began = top.cpu_us(), time.monotonic()
        for i in range(count):
            file(stamped(next(polls), int(time.time())))
            end = began + (i + 1) * (3 if bench.quick else STEP)
            while (left := end - time.monotonic()) > 0:
                if select.select([top.fd], [], [], left)[0]:
                    os.read(top.fd, 65536)
        percent = (top.cpu_us() - before) / (time.monotonic() - began) / 1e4
    result.row(f"{QUBES} qubes watched live: {number(percent)} % of a core", "-", "-", "-")
    result.target(f"mon-top: {QUBES} qubes watched live", "under 0.3 % of a core", f"{number(percent)} %", percent < 0.3)


def stamped(poll, seconds):
    return [generate.stamp(seconds) + line[20:] for line in poll]

"""bench.py - what all subjects share: run commands in turn, compare them in pairs, keep the results."""
import ctypes
import fcntl
import hashlib
import os
import shutil
import statistics
import subprocess
import tempfile

import generate

HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.path.dirname(os.path.dirname(HERE))
DAY = "2025-08-31"  # that of generate.START


class Failure(Exception):
    """This cannot be measured, and why."""


class Command:
    """A command to measure.

    argv: its words.  stdin, stdout: files.  before: shell text run before each run, not measured.
    times: runs for one figure.  env: variables of its own.  program: what must be installed, if not its first word.
    """

    def __init__(self, name, argv, stdin="/dev/null", stdout="/dev/null", before=None, times=1, env=None, program=None):
        self.name, self.argv, self.env = name, [str(a) for a in argv], env or {}
        self.program = program or self.argv[0]
        self.stdin, self.stdout, self.before, self.times = stdin, stdout, before, times

    def plan(self):
        words = [shutil.which(self.argv[0]) or self.argv[0]] + self.argv[1:]
        lines = [f"command {self.name}"] + [f"arg {w}" for w in words]
        lines += [f"in {self.stdin}", f"out {self.stdout}", f"times {self.times}"]
        lines += [f"env {key}={value}" for key, value in self.env.items()]
        if self.before:
            lines.append(f"before {self.before}")
        if any("\n" in line for line in lines):
            raise Failure(f"{self.name}: a word with a line feed does not go into a plan")
        return "".join(line + "\n" for line in lines)


def shell(name, program, text):
    """A pipe with PROGRAM in it, as a person types it.  Each program of the pipe can fail it, not only the last one."""
    return Command(name, ["bash", "-o", "pipefail", "-c", text], program=program)


class Runs:
    """The runs of one command: lists of equal length, one value a round, each for one call; in microseconds."""

    def __init__(self):
        self.cpu, self.wall, self.rss = [], [], []

    def cpu_ms(self):
        return statistics.median(self.cpu) / 1000

    def wall_ms(self):
        return statistics.median(self.wall) / 1000

    def rss_kb(self):
        return max(self.rss)


def ratio(ours, theirs):
    """The median of the ratios of two lists, pair by pair."""
    return statistics.median(a / b for a, b in zip(ours, theirs))


class Bench:
    """One run of the benchmark: where things are, and how often to repeat."""

    def __init__(self, build, work, quick):
        self.build, self.work, self.quick = build, work, quick
        os.makedirs(work, exist_ok=True)
        self.lock = self.alone()
        self.cache = self.fresh_cache()
        self.scratch = None
        self.mounts = "not asked"  # why nothing can be mounted, or None
        self.compiled = set()

    def alone(self):
        """Keep a second run away from the same folder; returns what holds the lock."""
        lock = open(os.path.join(self.work, "lock"), "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(f"another run uses {self.work}: wait for it, or take another by --work DIR") from None
        return lock

    def fresh_cache(self):
        """Where inputs are kept; those that another generate.py made are thrown away."""
        with open(os.path.join(HERE, "generate.py"), "rb") as text:
            version = hashlib.sha256(text.read()).hexdigest()[:12]
        place = os.path.join(self.work, "cache")
        os.makedirs(os.path.join(place, version), exist_ok=True)
        for name in os.listdir(place):
            if name != version:
                shutil.rmtree(os.path.join(place, name), ignore_errors=True)
        return os.path.join(place, version)

    def rounds(self, full):
        return 3 if self.quick else full

    def tool(self, name):
        path = os.path.join(self.build, name)
        if not os.access(path, os.X_OK):
            raise Failure(f"there is no {path}: build the preset release")
        return path

    def compile(self, source, name=None):
        """Build a C file as small to start as can be: with musl, or static, if it can be had.

        A start with glibc asks the processor for its features, and a virtual machine goes to its hypervisor for each
        answer: that is more than all else that such a start takes.
        """
        out = os.path.join(self.work, "bin", name or os.path.basename(source).removesuffix(".c"))
        if out in self.compiled:
            return out
        os.makedirs(os.path.dirname(out), exist_ok=True)
        for way in (["musl-gcc", "-static"], ["cc", "-static"], ["cc"]):
            if shutil.which(way[0]) is None:
                continue
            done = subprocess.run([*way, "-std=gnu11", "-D_GNU_SOURCE", "-O2", "-o", out, source], capture_output=True, text=True)
            if done.returncode == 0:
                self.compiled.add(out)
                return out
        raise Failure(f"{source} does not compile: tests/setup build")

    def folder(self):
        """A fresh folder on the disk, gone when the subject has ended."""
        return tempfile.mkdtemp(dir=self.scratch)

    # ---- inputs ----

    def cached(self, name, make):
        """The path of an input that is made once and kept: make(PATH) writes it."""
        path = os.path.join(self.cache, name)
        if not os.path.exists(path):
            part = path + ".part"
            if os.path.isdir(part):
                shutil.rmtree(part)
            print(f"   making {name}", flush=True)
            make(part)
            os.rename(part, path)
        return path

    def hours(self):
        return 1 if self.quick else 24

    def day(self):
        """A Monitor folder with one day of 20 qubes, asked every 10 s, and the same as lines: (folder, files, lines)."""
        hours = self.hours()
        lines = self.cached(f"lines-{hours}", lambda path: generate.day(path, 20, hours))
        folder = self.cached(f"day-{hours}", lambda path: subprocess.run(
            [self.tool("mon-split"), "--no-sync", "--dir", path], stdin=open(lines, "rb"), env=self.environment(), check=True))
        files = sorted(os.path.join(folder, DAY, name) for name in os.listdir(os.path.join(folder, DAY)))
        return folder, files, lines

    def cat(self):
        """The yardstick of what reads a day: the least that passes its bytes on through a pipe."""
        return Command("`cat FILES \\| cat`", ["sh", "-c", f"cat {' '.join(self.day()[1])} | cat >/dev/null"])

    # ---- measuring ----

    def environment(self, more=None):
        kept = {k: v for k, v in os.environ.items()
                if not k.startswith(("MON_", "QREXEC_")) and k not in ("BACKUP_VAULT", "FAKE_QUBES")}
        return {**kept, "MON_SETTINGS": "/dev/null", "TZ": "UTC", "LC_ALL": "C.UTF-8", "PATH": self.build + ":" + os.environ["PATH"], **(more or {})}

    def measure(self, commands, rounds, warmups=1):
        """Run all COMMANDS in turn; returns {name: Runs}.  An exit code that is not 0 is a failure."""
        done = subprocess.run([self.compile(os.path.join(HERE, "measure.c")), str(rounds), str(warmups)],
                              input="".join(c.plan() for c in commands), capture_output=True, text=True,
                              env=self.environment())
        if done.returncode != 0:
            raise Failure(f"measuring failed: {done.stderr[-1000:]}")
        runs, by_name = {c.name: Runs() for c in commands}, {c.name: c for c in commands}
        for line in done.stdout.splitlines():
            _, name, cpu, wall, rss, code = line.split("\t")
            if int(code) != 0:
                raise Failure(f"{name} ended with {code}: {' '.join(by_name[name].argv)[:500]}\n{done.stderr[-1000:]}")
            runs[name].cpu.append(int(cpu) / by_name[name].times)
            runs[name].wall.append(int(wall) / by_name[name].times)
            runs[name].rss.append(int(rss))
        return runs

    def usable(self, result, peers):
        """Those of PEERS that are installed and work; of the others the result tells."""
        good = []
        for peer in peers:
            if shutil.which(peer.program) is None:
                result.skip(peer.name, "not installed (tests/setup bench)")
                continue
            try:
                self.measure([peer], 1, 0)
                good.append(peer)
            except Failure as e:
                result.skip(peer.name, "not measured: " + str(e).splitlines()[0][:200])
        return good

    def compare(self, result, ours, peers, rounds):
        """All of them in turn, less the peers that do not work here; each was run once before."""
        self.measure(ours, 1, 0)
        return self.measure(ours + self.usable(result, peers), self.rounds(rounds), 0)

    def script(self, result, what, name, *words):
        """What a script beside this file prints; None if it cannot run here (exit 77), of which the result tells."""
        process = subprocess.Popen(["bash", os.path.join(HERE, name), *map(str, words)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment())
        try:
            out, err = process.communicate()
        except BaseException:
            process.terminate()  # not killed: it has a machine to end
            process.communicate()
            raise
        if process.returncode == 77:
            result.skip(what, out.strip().removeprefix("SKIP: "))
            return None
        if process.returncode != 0:
            raise Failure(f"{name} failed: {err.strip()[-500:] or out[-500:]}")
        return out

    def output(self, command):
        """What it prints, run once."""
        if command.before:
            subprocess.run(["/bin/sh", "-c", command.before], check=True, env=self.environment())
        with open(command.stdin, "rb") as stdin:
            return subprocess.run(command.argv, check=True, stdin=stdin, capture_output=True, env=self.environment(command.env)).stdout


# ---- a mount namespace of our own ----

def cpu_us(pid):
    """CPU of a process that runs, in microseconds.  From the scheduler, to the nanosecond; /proc/PID/stat counts in
    hundredths of a second."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as text:
            total += int(text.read().split()[0])
    return total / 1000


CLONE_NEWNS = 0x20000


def leave_mounts():
    """Enter a mount namespace, so that nothing mounted here is seen outside; why not, or None."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.getuid() != 0:
        return "needs root"
    if libc.unshare(CLONE_NEWNS) != 0:
        return f"no mount namespace: {os.strerror(ctypes.get_errno())}"
    mount("--make-rprivate", "/")
    return None


def mount(*words):
    done = subprocess.run(["mount", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"mount {' '.join(words)}: {done.stderr.strip()}")


# ---- results: what a subject hands to the page ----

COLUMNS = ("", "CPU, ms", "ratio", "peak memory, MiB")


class Result:
    """Rows (COLUMNS), targets and remarks of one subject; as JSON between measuring and writing the page."""

    def __init__(self, title):
        self.data = {"title": title, "rows": [], "targets": [], "skipped": [], "figures": {}}

    def row(self, *cells):
        self.data["rows"].append([str(c) for c in cells])

    def rows(self, runs, of, names=None):
        """A row for each command of RUNS (or those of NAMES that ran), with its CPU as a multiple of that of the command OF."""
        for name in runs if names is None else [name for name in names if name in runs]:
            r = runs[name]
            self.row(name, number(r.cpu_ms()), number(ratio(r.cpu, runs[of].cpu)), number(r.rss_kb() / 1024))

    def target(self, what, goal, seen, met, why=""):
        """GOAL and SEEN are text; WHY says what stands in the way, should it be missed."""
        self.data["targets"].append({"what": what, "goal": goal, "seen": seen, "met": bool(met), "why": why})

    def target_ratio(self, what, runs, ours, peer, goal, why=""):
        """CPU of OURS, of that of PEER: at most GOAL.  Of a peer that was not measured there is no word."""
        if peer in runs:
            seen = ratio(runs[ours].cpu, runs[peer].cpu)
            self.target(what, "at most " + share(goal), share(seen), seen <= goal, why)

    def target_memory(self, what, runs, ours, mib, why=""):
        seen = runs[ours].rss_kb() / 1024
        self.target(what, f"under {mib} MiB", f"{number(seen)} MiB", seen < mib, why)

    def skip(self, what, why):
        print(f"   {what}: {why}", flush=True)
        self.data["skipped"].append({"what": what, "why": why})

    def figure(self, name, value):
        """A number that the page computes with."""
        self.data["figures"][name] = value


# ---- numbers as text ----

def number(value, digits=3):
    """Three digits that count: 0.532, 21.4, 1,013."""
    if value == 0:
        return "0"
    size, places = abs(value), digits
    while places > 0 and size >= 10 ** (digits - places):
        places -= 1
    return f"{value:,.{places}f}"


def share(value):
    """A ratio as a fraction that people read: 1/21, or 1.3 x."""
    return f"1/{1 / value:.3g}" if 0 < value < 0.4 else f"{value:.3g} x"

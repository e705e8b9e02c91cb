"""bench.py - what all subjects share: run commands in turn, compare them in pairs, keep the results."""
import ctypes
import fcntl
import hashlib
import os
import re
import shutil
import statistics
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.path.dirname(os.path.dirname(HERE))
TOOLS = ("mon-sample", "mon-vmstate", "mon-scrape", "mon-split", "mon-archive", "mon-prune")
NO_COUNT = "not counted"


class Failure(Exception):
    """The benchmark cannot go on, and says why."""


class Command:
    """A command to measure.

    argv: its words.  stdin, stdout: files.  before: shell text run before each run, not measured.
    times: runs for one figure.  codes: exit codes that are no failure.  env: variables of its own.
    """

    def __init__(self, name, argv, stdin="/dev/null", stdout="/dev/null", before=None, times=1, codes=(0,), env=None):
        self.name, self.argv, self.env = name, [str(a) for a in argv], env or {}
        self.stdin, self.stdout, self.before, self.times, self.codes = stdin, stdout, before, times, codes

    def missing(self):
        return None if shutil.which(self.argv[0]) else f"{self.argv[0]} is not installed (tests/setup bench)"

    def plan(self):
        words = [shutil.which(self.argv[0])] + self.argv[1:]
        lines = [f"command {self.name}"] + [f"arg {w}" for w in words]
        lines += [f"in {self.stdin}", f"out {self.stdout}", f"times {self.times}"]
        lines += [f"env {key}={value}" for key, value in self.env.items()]
        if self.before:
            lines.append(f"before {self.before}")
        if any("\n" in line for line in lines):
            raise Failure(f"{self.name}: a word with a line feed does not go into a plan")
        return "".join(line + "\n" for line in lines)


class Runs:
    """The runs of one command: lists of equal length, one value a round, each for one call."""

    def __init__(self):
        self.cpu, self.wall, self.rss = [], [], []

    def cpu_ms(self):
        return statistics.median(self.cpu) / 1000

    def wall_ms(self):
        return statistics.median(self.wall) / 1000

    def rss_kb(self):
        return max(self.rss)


def ratios(ours, theirs):
    """The ratios of two lists, pair by pair."""
    return [a / b for a, b in zip(ours, theirs)]


def ratio(ours, theirs):
    return statistics.median(ratios(ours, theirs))


def quartiles(values):
    q = statistics.quantiles(values, n=4) if len(values) > 1 else values * 3
    return q[0], q[2]


class Bench:
    """One run of the benchmark: where things are, how often to repeat, what was seen."""

    def __init__(self, build, work, quick):
        self.build, self.work, self.quick = build, work, quick
        os.makedirs(work, exist_ok=True)
        self.lock = self.alone()
        self.cache = self.fresh_cache()
        self.scratch = None
        self.root = os.getuid() == 0  # the true one: in a namespace of ours everybody is
        self.compiled = set()

    def alone(self):
        """Keep a second run away from the same folder; returns what holds the lock."""
        lock = open(os.path.join(self.work, "lock"), "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(f"another run uses {self.work}: wait for it (tests/bench/run can take another: --work DIR)") from None
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
                if os.path.isfile(os.path.join(place, name)):
                    os.unlink(os.path.join(place, name))
        return os.path.join(place, version)

    # ---- surroundings ----

    def rounds(self, full=21, quick=3):
        return quick if self.quick else full

    def compile(self, source, static=True, musl=False, name=None):
        """Build a C file, statically where possible: less to start, less memory of its own.

        NAME: that of the program, if it is not the file's.

        MUSL: with that libc, if it is here. A start with glibc asks the processor for its features, and a virtual machine
        goes to its hypervisor for each answer: more than all else that such a start takes.
        """
        out = os.path.join(self.work, "bin", name or os.path.basename(source).removesuffix(".c"))
        if out in self.compiled:
            return out
        os.makedirs(os.path.dirname(out), exist_ok=True)
        flags = ["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-o", out, source]
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if compiler is None:
            raise Failure("there is no C compiler: tests/setup build")
        ways = [[compiler, "-static"], [compiler]] if static else [[compiler]]
        if musl and shutil.which("musl-gcc"):
            ways.insert(0, ["musl-gcc", "-static"])
        for way in ways:
            done = subprocess.run([*way, *flags], capture_output=True, text=True)
            if done.returncode == 0:
                break
        else:
            raise Failure(f"{source} does not compile: {done.stderr[-800:]}")
        self.compiled.add(out)
        return out

    def tool(self, name):
        path = os.path.join(self.build, name)
        if not os.access(path, os.X_OK):
            raise Failure(f"there is no {path}: build the preset release")
        return path

    def folder(self):
        """A fresh folder on the disk, gone when the subject has ended."""
        return tempfile.mkdtemp(dir=self.scratch)

    def cached(self, name, make):
        """The path of an input that is made once and kept: make(PATH) writes it."""
        path = os.path.join(self.cache, name)
        if not os.path.exists(path):
            part = path + ".part"
            shutil.rmtree(part, ignore_errors=True)
            if os.path.exists(part):
                os.unlink(part)
            print(f"   making {name}", flush=True)
            make(part)
            os.rename(part, path)
        return path

    # ---- measuring ----

    def measure(self, commands, rounds, warmups=1):
        """Run all COMMANDS in turn; returns {name: Runs}.  A wrong exit code is a failure."""
        done = subprocess.run([self.compile(os.path.join(HERE, "measure.c")), str(rounds), str(warmups)],
                              input="".join(c.plan() for c in commands), capture_output=True, text=True,
                              env=self.environment())
        if done.returncode != 0:
            raise Failure(f"measuring failed: {done.stderr[-1000:]}")
        runs, by_name = {c.name: Runs() for c in commands}, {c.name: c for c in commands}
        for line in done.stdout.splitlines():
            _, name, cpu, wall, rss, code = line.split("\t")
            command = by_name[name]
            if int(code) not in command.codes:
                raise Failure(f"{name} ended with {code}: {' '.join(command.argv)}\n{done.stderr[-1000:]}")
            runs[name].cpu.append(int(cpu) / command.times)
            runs[name].wall.append(int(wall) / command.times)
            runs[name].rss.append(int(rss))
        return runs

    def environment(self, more=None):
        kept = {k: v for k, v in os.environ.items()
                if not k.startswith(("MON_", "QREXEC_", "VALGRIND_")) and k not in ("BACKUP_VAULT", "FAKE_QUBES")}
        return {**kept, "TZ": "UTC", "LC_ALL": "C", "PATH": self.build + ":" + os.environ["PATH"], **(more or {})}

    def prepare(self, command):
        if command.before:
            subprocess.run(["/bin/sh", "-c", command.before], check=True, env=self.environment())

    def spawn(self, command, prefix):
        """Run COMMAND once below the program PREFIX."""
        self.prepare(command)
        with open(command.stdin, "rb") as stdin, open(command.stdout, "wb") as stdout:
            done = subprocess.run([*prefix, shutil.which(command.argv[0]), *command.argv[1:]], stdin=stdin,
                                  stdout=stdout, stderr=subprocess.PIPE, env=self.environment(command.env))
        if done.returncode not in command.codes:
            raise Failure(f"{command.name} ended with {done.returncode} under {prefix[0]}: {done.stderr[-500:]}")

    def processes(self, command):
        """How many processes it starts, itself among them; threads do not count."""
        if shutil.which("strace") is None:
            return None
        log = os.path.join(self.scratch, "strace")
        self.spawn(command, ["strace", "-f", "-qq", "-o", log, "-e", "trace=clone,clone3,fork,vfork"])
        count, unfinished = 1, {}
        with open(log, errors="replace") as lines:
            for line in lines:
                pid, _, text = line.partition(" ")
                text = unfinished.pop(pid, "") + text.strip() if "resumed>" in text else text.strip()
                if text.endswith("<unfinished ...>"):
                    unfinished[pid] = text
                elif re.search(r"\)\s+= \d+$", text) and "CLONE_THREAD" not in text and re.match(r"v?fork|clone", text):
                    count += 1
        return count

    def instructions(self, command):
        """Instructions in user space, its descendants' too, in millions."""
        if shutil.which("valgrind") is None:
            return None
        folder = self.folder()
        self.spawn(command, ["valgrind", "--tool=callgrind", "--trace-children=yes", "-q",
                             f"--callgrind-out-file={folder}/%p.%n"])
        total = 0
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), errors="replace") as lines:
                found = [line for line in lines if line.startswith("totals:")]
            total += int(found[-1].split()[1]) if found else 0
        shutil.rmtree(folder)
        return total / 1e6


# ---- a mount namespace of our own ----

CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000


def leave_mounts():
    """Enter a mount namespace, so that nothing mounted here is seen outside; why not, or None."""
    libc = ctypes.CDLL(None, use_errno=True)
    flags, uid, gid = CLONE_NEWNS, os.getuid(), os.getgid()
    if uid != 0:
        flags |= CLONE_NEWUSER
    if libc.unshare(flags) != 0:
        return f"no mount namespace: {os.strerror(ctypes.get_errno())}"
    if uid != 0:
        for path, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            with open(f"/proc/self/{path}", "w") as out:
                out.write(text)
    mount("--make-rprivate", "/")
    return None


def mount(*words):
    done = subprocess.run(["mount", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"mount {' '.join(words)}: {done.stderr.strip()}")


# ---- results: what a subject hands to the report ----

class Result:
    """Tables, targets and remarks of one subject; as JSON between measuring and report."""

    def __init__(self, title):
        self.data = {"title": title, "tables": [], "targets": [], "notes": [], "skipped": [], "figures": {}}

    def table(self, caption, columns, rows):
        self.data["tables"].append({"caption": caption, "columns": columns, "rows": rows})

    def target(self, what, goal, seen, met, why=""):
        """GOAL and SEEN are text; WHY says what stands in the way, where it is missed."""
        self.data["targets"].append({"what": what, "goal": goal, "seen": seen, "met": bool(met), "why": why})

    def note(self, text):
        self.data["notes"].append(text)

    def skip(self, what, why):
        print(f"   not run: {what}: {why}", flush=True)
        self.data["skipped"].append({"what": what, "why": why})

    def figure(self, name, value):
        """A number that the report computes with."""
        self.data["figures"][name] = value


def runnable(result, commands):
    """Those of COMMANDS that can run; the others are told of."""
    can = []
    for command in commands:
        why = command.missing()
        if why:
            result.skip(command.name, why)
        else:
            can.append(command)
    return can


# ---- numbers as text ----

def number(value, digits=3):
    """Three digits that count: 0.532, 21.4, 1,013."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    size = abs(value)
    places = 0 if size >= 10 ** (digits - 1) else digits - 1 if size >= 1 else digits
    while places > 0 and size >= 10 ** (digits - places):
        places -= 1
    return f"{value:,.{places}f}"


def share(value):
    """A ratio as a fraction that people read: 1/21, or 1.3 x."""
    return f"1/{1 / value:.3g}" if 0 < value < 0.3 else f"{value:.3g} x"


def mib(kb):
    return "-" if kb is None else number(kb / 1024)

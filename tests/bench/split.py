"""split.py - filing stamped lines: mon-split against awk, perl, Miller, plain C, and cat."""
import filecmp
import os

from bench import HERE, Command, Failure, Result, mib, number, ratio, runnable, share
import generate

DAY = "2025-08-31"
FAST, SLOW = ("mawk", "gawk", "perl", "getline"), "miller"


def run(bench):
    result = Result("Filing the lines")
    lines = 20000 if bench.quick else 1000000
    large = Splits(bench, lines)
    large.check(result)
    runs = bench.measure(runnable(result, large.commands()), bench.rounds())
    rows(bench, result, large.commands(), runs, f"{lines:,} lines ({number(os.stat(large.input).st_size / 1e6)} MB) from a file, to a disk")
    targets(result, runs, lines)
    memory(bench, result, lines)
    small = Splits(bench, 300)
    one_poll(bench, result, small)
    slow(bench, result, lines // 20)
    result.note("All of them make the same bytes of the same lines; the benchmark compares their files. The peers check "
                "nothing: mon-split checks the shape of every field, locks the day, looks for torn rows, reserves "
                "the space, and syncs. `cat` copies within the kernel (copy_file_range) where it can, as coreutils 9 does; `dd` "
                "reads and writes 128 KiB at a time, as mon-split does.")
    return result


class Splits:
    """The commands that file LINES lines, each into a folder of its own."""

    def __init__(self, bench, lines):
        self.bench, self.lines, self.folder = bench, lines, bench.folder()
        self.input = bench.cached(f"stream-{lines}", lambda path: generate.stream(path, lines))
        # All begin with files that have their headers, as after the first poll of a day.
        self.headers = os.path.join(self.folder, "headers")
        monitor = os.path.join(self.folder, "first")
        seed = bench.cached("stream-5000", lambda path: generate.stream(path, 5000))
        bench.measure([Command("headers", [bench.tool("mon-split"), "--dir", monitor], stdin=seed)], 1, 0)
        os.mkdir(self.headers)
        for name in os.listdir(f"{monitor}/{DAY}"):
            with open(f"{monitor}/{DAY}/{name}", "rb") as made, open(f"{self.headers}/{name}", "wb") as header:
                header.write(made.readline())

    def into(self, name):
        return os.path.join(self.folder, name)

    def command(self, name, argv, fresh=True):
        """One that files into the folder NAME; FRESH: it starts with headers alone, else the rows of earlier runs."""
        day = f"{self.into(name)}/{DAY}"
        test = "" if fresh else f"[ -d '{day}' ] || "
        before = f"{test}{{ rm -rf '{self.into(name)}' && mkdir '{self.into(name)}' && cp -r '{self.headers}' '{day}'; }}"
        return Command(name, argv, stdin=self.input, before=before)

    def ours(self, fresh=True):
        tool = self.bench.tool("mon-split")
        return [self.command("mon-split", [tool, "--dir", self.into("mon-split")], fresh),
                self.command("mon-split --no-sync", [tool, "--no-sync", "--dir", self.into("mon-split --no-sync")], fresh)]

    def peers(self, fresh=True):
        day = {name: f"{self.into(name)}/{DAY}" for name in FAST}
        return [
            self.command("mawk", ["mawk", "-v", f"folder={day['mawk']}", "-f", f"{HERE}/split.awk"], fresh),
            self.command("gawk", ["gawk", "-v", f"folder={day['gawk']}", "-f", f"{HERE}/split.awk"], fresh),
            self.command("perl", ["perl", f"{HERE}/split.pl", day["perl"]], fresh),
            self.command("getline", [self.bench.compile(f"{HERE}/getline.c", static=False), day["getline"]], fresh),
        ]

    def miller(self):
        return self.command(SLOW, ["mlr", "--inidx", "--ifs", "lf", "put", "-q", "-s", f"folder={self.into(SLOW)}/{DAY}",
                                   "-f", f"{HERE}/split.mlr"])

    def copies(self):
        out = {name: self.into(name) for name in ("cat", "cat+sync", "dd", "dd+fsync")}
        return [
            Command("cat", ["cat"], self.input, out["cat"], before=f"rm -f '{out['cat']}'"),
            Command("cat, then sync FILE", ["sh", "-c", f"cat >'{out['cat+sync']}' && sync '{out['cat+sync']}'"],
                    self.input, before=f"rm -f '{out['cat+sync']}'"),
            Command("dd bs=128k", ["dd", "bs=128k", "status=none", f"of={out['dd']}"], self.input,
                    before=f"rm -f '{out['dd']}'"),
            Command("dd bs=128k conv=fsync", ["dd", "bs=128k", "status=none", "conv=fsync", f"of={out['dd+fsync']}"],
                    self.input, before=f"rm -f '{out['dd+fsync']}'"),
        ]

    def commands(self):
        return self.ours() + self.peers() + self.copies()

    def check(self, result, peers=None):
        """All make the same files: a peer that does less work is no peer."""
        commands = [c for c in self.ours() + (peers or self.peers()) if not c.missing()]
        self.bench.measure(commands, 1, 0)
        want = f"{self.into('mon-split')}/{DAY}"
        for command in commands:
            made = f"{self.into(command.name)}/{DAY}"
            names = sorted(os.listdir(want))
            _, differ, errors = filecmp.cmpfiles(want, made, names, shallow=False)
            if differ or errors or sorted(os.listdir(made)) != names:
                raise Failure(f"mon-split and {command.name} do not file the same: {', '.join(differ + errors) or 'other files'}")
        filed = sum(open(f"{want}/{name}", "rb").read().count(b"\n") - 1 for name in os.listdir(want))
        if filed != self.lines:
            raise Failure(f"of {self.lines} lines {filed} were filed")
        if peers:
            return
        answers = sum(1 for _ in open(f"{want}/scrape.csv", "rb")) - 1
        result.figure("bytes_an_answer", sum(os.stat(f"{want}/{n}").st_size for n in os.listdir(want)) / answers)
        result.figure("rows_an_answer", filed / answers)


def rows(bench, result, commands, runs, caption):
    table = []
    for command in commands:
        if command.name not in runs:
            continue
        r = runs[command.name]
        table.append([f"`{command.name}`" if command.name != "getline" else "C, getline and fwrite",
                      number(r.cpu_ms()), number(ratio(r.cpu, runs["mon-split --no-sync"].cpu)), number(r.wall_ms()),
                      count(bench, command), bench.processes(command) or "-", mib(r.rss_kb())])
    result.table(caption, ["", "CPU, ms", "of mon-split --no-sync", "wall, ms", "instructions, M", "processes", "peak memory, MiB"], table)


def slow(bench, result, lines):
    """Miller, on fewer lines: it takes some hundred times as long."""
    splits = Splits(bench, lines)
    miller = runnable(result, [splits.miller()])
    if miller:
        splits.check(result, miller)
        commands = splits.ours()[1:] + miller
        rows(bench, result, commands, bench.measure(commands, bench.rounds()), f"{lines:,} lines, for a peer that is slow")


def count(bench, command):
    """Miller has a runtime that callgrind does not get through in a reasonable time."""
    if command.name == SLOW or bench.quick:
        return "not counted"
    counted = bench.instructions(command)
    return "not counted" if counted is None else number(counted)


def targets(result, runs, lines):
    ours, synced = runs["mon-split --no-sync"], runs["mon-split"]
    what = f"{lines:,} lines, all checked: CPU"
    pairs = [(ours, "mawk", 0.25, "mon-split --no-sync, of mawk"), (ours, "cat", 2.5, "mon-split --no-sync, of `cat`"),
             (synced, "cat, then sync FILE", 2.5, "mon-split with its syncs, of `cat` and `sync FILE`")]
    for mine, peer, goal, text in pairs:
        if peer in runs:
            seen = ratio(mine.cpu, runs[peer].cpu)
            result.target(f"{what}, {text}", "at most " + share(goal), share(seen), seen <= goal, WHY.get(peer, ""))


COPY = ("`cat` does not look at the bytes, and copy_file_range does not even bring them into a program; here each byte is read, checked "
        "against the shape of its column, and copied to the rows of its file")
WHY = {"cat": COPY, "cat, then sync FILE": COPY, "mawk": "no reason is known"}


def memory(bench, result, lines):
    """Peak memory over three sizes: it must not grow with the input."""
    sizes = [lines // 100, lines // 10, lines * 3 // 10, lines]
    peaks = []
    for size in sizes:
        splits = Splits(bench, size)
        peaks.append(bench.measure(splits.ours()[1:], bench.rounds(5), 0)["mon-split --no-sync"].rss_kb())
    result.table("Peak memory of mon-split by the size of its input", [""] + [f"{s:,} lines" for s in sizes],
                 [["MiB"] + [mib(p) for p in peaks]])
    if not bench.quick:  # a buffer of 320 KiB a file is touched as it fills, and 100,000 lines do not fill all of them
        result.target("memory of mon-split does not grow with its input", f"from {sizes[2]:,} to {lines:,} lines at most 1.05 x",
                      share(peaks[-1] / peaks[-2]), peaks[-1] <= 1.05 * peaks[-2])
    result.figure("split_rss_kb", peaks[-1])


def one_poll(bench, result, splits):
    """300 lines, appended to a day that has rows already: what a poll of 30 qubes files."""
    commands = runnable(result, splits.ours(fresh=False) + splits.peers(fresh=False))
    runs = bench.measure(commands, bench.rounds(61))
    table = [[f"`{c.name}`" if c.name != "getline" else "C, getline and fwrite", number(runs[c.name].cpu_ms()),
              number(runs[c.name].wall_ms()), mib(runs[c.name].rss_kb())] for c in commands]
    result.table("300 lines, one poll of 30 qubes: from the start of the program to its end",
                 ["", "CPU, ms", "wall, ms", "peak memory, MiB"], table)
    if "mawk" not in runs:
        return
    for name, why in (("mon-split --no-sync", ""), ("mon-split", "its files are synced one by one, which mawk does not do, and each sync is a request to the disk")):
        seen = ratio(runs[name].cpu, runs["mawk"].cpu)
        result.target(f"one poll of 300 lines: CPU from start to end, {name}, of mawk", "less than 1 x", share(seen), seen < 1, why)
    result.figure("split_poll_us", runs["mon-split"].cpu_ms() * 1000)

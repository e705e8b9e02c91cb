"""poll.py - a poll as the unit runs it: its stages, beside the pipe without rules and a loop in shell; and what systemd adds."""
import os
import shutil
import statistics
import subprocess
import tempfile

from bench import HERE, SRC, Command, Failure, Result, number, ratio, share
import generate

QUBES = 20
QUOTA = "1024G"  # many polls a second are over the usual one
WHOLE = "mon-vmstate | mon-scrape --take - | mon-split --pass |? mon-rule --live | mon-split"
SHORT = "mon-vmstate | mon-scrape --take - | mon-split"
STATES = "mon-vmstate | mon-split --pass |? mon-rule --live | mon-split"


def run(bench):
    result = Result(f"The collector: a poll of {QUBES} qubes")
    polls = Polls(bench)
    try:
        pipes(bench, result, polls)
        unit(bench, result, polls)
    finally:
        polls.close()
    return result


class Polls:
    """A machine of simulated qubes on a tmpfs whose answers are ready."""

    def __init__(self, bench):
        self.bench = bench
        self.memory = os.path.join("/dev/shm" if os.path.isdir("/dev/shm") else bench.scratch, f"mon-bench.{os.getpid()}")
        self.machine = os.path.join(self.memory, "machine")
        os.makedirs(self.machine + "/qubes")
        os.mkdir(self.machine + "/answers")
        self.fakes = os.path.dirname(bench.compile(f"{SRC}/tests/fakes/qrexec-client-vm.c"))
        # The stand-in of a poll is one process that prints a file: it is not what is measured.
        self.ready = os.path.dirname(bench.compile(f"{HERE}/ready.c", "ready/qrexec-client-vm"))
        for qube in generate.answers(self.machine + "/answers", QUBES):
            with open(f"{self.machine}/qubes/{qube}", "w") as out:
                out.write(f"answer=answers/{qube}\n")
        with open(self.machine + "/answers/dom0", "wb") as out:
            out.write(subprocess.run([f"{self.fakes}/qrexec-client-vm", "dom0", "admin.vm.List"], env={"FAKE_QUBES": self.machine},
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout)

    def close(self):
        shutil.rmtree(self.memory, ignore_errors=True)

    def command(self, name, argv):
        """With a record and a runtime folder of its own."""
        return Command(name, argv, env={
            "FAKE_QUBES": self.machine, "PATH": f"{self.bench.build}:{self.ready}:{os.environ['PATH']}", "MON_XEN": "no", "MON_SELF": "sys-monitor",
            "MON_QUOTA": QUOTA, "MON_DIR": self.bench.folder(), "XDG_RUNTIME_DIR": tempfile.mkdtemp(dir=self.memory)})

    def pipe(self, name, words):
        return self.command(name, [self.bench.tool("mon-pipe"), *words.split()])

    def check(self, command):
        """Run it twice: all qubes must be in the record, and well."""
        self.bench.measure([command], 2, 0)
        rows = {}
        for at, _, names in os.walk(command.env["MON_DIR"]):
            for name in names:
                if name.endswith(".csv"):
                    with open(os.path.join(at, name)) as text:
                        rows[name] = rows.get(name, []) + text.read().splitlines()[1:]
        if len(rows["system.csv"]) != 2 * QUBES or any(",ok," not in row for row in rows.get("scrape.csv", [])):
            raise Failure(f"{command.name}: of {2 * QUBES} answers {len(rows['system.csv'])} were filed, or not all is well")


def pipes(bench, result, polls):
    ours, short = polls.pipe("the unit's pipe, with its rules", WHOLE), polls.pipe("the same without `--pass`, `mon-rule` and the second `mon-split`", SHORT)
    loop = polls.command("one qube after the other, in shell", [f"{HERE}/shell/monitor-poll"])
    states = polls.pipe("the list of states, each minute", STATES)
    for command in (ours, short, loop):
        polls.check(command)
    call = Command("of each poll: the stand-in for qrexec", [f"{polls.ready}/qrexec-client-vm", generate.names(QUBES)[0], "qubes.Metrics.Get"],
                   times=QUBES + 1, env={"FAKE_QUBES": polls.machine})
    runs = bench.measure([ours, short, states, call], bench.rounds(21))
    slow = bench.compare(result, [ours], [loop], 5)
    calls = [us * (QUBES + 1) for us in runs[call.name].cpu]
    result.rows(runs, ours.name, [ours.name, short.name])
    result.row(call.name + f", {QUBES + 1} calls", number(statistics.median(calls) / 1000),
               number(ratio(calls, runs[ours.name].cpu)), "-")
    result.rows(slow, ours.name, [loop.name])
    seen = ratio(runs[ours.name].cpu, runs[short.name].cpu)
    net = statistics.median((a - s) / (b - s) for a, b, s in zip(runs[ours.name].cpu, runs[short.name].cpu, calls))
    result.target("the unit's pipe, CPU, of the same without rules", "at most 1.3 x", f"{share(seen)}; {share(net)} without the stand-in", seen <= 1.3,
                  "it starts two programs more")
    result.figure("calls_us", statistics.median(calls))
    result.figure("states_us", statistics.median(runs[states.name].cpu) - statistics.median(runs[call.name].cpu))


# ---- with systemd and the sandbox ----

def unit(bench, result, polls):
    text = bench.script(result, "the unit under systemd", "unit.sh", bench.build, polls.ready, polls.machine, bench.rounds(5), QUOTA)
    if text is None:
        return
    seen, lines = {}, 0
    for line in text.splitlines():
        name, value = line.split("\t")
        if name == "lines":
            lines = float(value)
        else:
            seen.setdefault(name, []).append(int(value))
    of = seen["sandbox, the poll"]
    for name, text in (("sandbox, the poll", "the unit, with systemd and sandbox"), ("sandbox, true", "of it: systemd and sandbox (`true` in the place of the pipe)"),
                       ("no sandbox, true", "of it: systemd alone")):
        result.row(text, number(statistics.median(seen[name]) / 1000), number(ratio(seen[name], of)), "-")
    result.figure("unit_us", statistics.median(of))
    result.figure("activation_us", statistics.median(seen["sandbox, true"]))
    result.figure("unit_lines", lines)

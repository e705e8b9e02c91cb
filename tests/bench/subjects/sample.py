"""sample.py - the sampler alone: mon-sample against the shell, sysstat, atop and the node exporter."""
import os
import shutil
import statistics
import subprocess
import time

from bench import HERE, Command, Failure, Result, number, ratio
import journals
from node_exporter import PROGRAM, NodeExporter

SADC = "/usr/lib/sysstat/sadc"
QUIET, CHATTER, ALERTS = "the journal unchanged", "new entries that are no alerts", "three new alerts"
APPEND = {QUIET: "", CHATTER: "6 1", ALERTS: "4 3"}  # priority and count of what is written before each sample


def run(bench):
    result = Result("The sampler alone: mon-sample")
    why = journals.why_not(bench.mounts)
    if why:
        result.skip("samples beside a journal", why)
        return result
    samples = Samples(bench)
    try:
        ours = {case: samples.command(case) for case in APPEND}
        beside_peers(bench, result, samples, ours)
        beside_exporter(bench, result, ours[QUIET])
    finally:
        samples.close()
    return result


class Samples:
    """A journal and a state for each case."""

    def __init__(self, bench):
        self.bench, self.journals, self.views = bench, journals.Journals(bench), {}
        self.state = f"/dev/shm/mon-bench.{os.getpid()}" if os.path.isdir("/dev/shm") else bench.folder() + "/state"

    def command(self, case):
        view = self.views[case] = journals.View(self.journals, str(len(self.views)))
        command = Command(f"`mon-sample`, {case}", [self.bench.tool("mon-sample"), "--state-dir", f"{self.state}/{len(self.views)}", "take"],
                          before=view.show)
        os.makedirs(self.state, exist_ok=True)
        self.catch_up(command)
        if APPEND[case]:
            command.before += f"; {view.append} {APPEND[case]}"
        answer = self.bench.output(command)
        if answer.count(b"alert: ") != (3 if case == ALERTS else 0) or answer.count(b"sys: ") != 1:
            raise Failure(f"{command.name}: the answer is {answer!r}")
        return command

    def catch_up(self, command):
        """Sample until all alerts of this boot were delivered, and once more when the files are a second old."""
        for _ in range(1000):
            if b"alert: " not in self.bench.output(command):
                break
        else:
            raise Failure(f"{command.name} never comes to the end of the journal")
        time.sleep(1.2)
        self.bench.output(command)

    def close(self):
        shutil.rmtree(self.state, ignore_errors=True)


def beside_peers(bench, result, samples, ours):
    folder = bench.folder()
    handler = Command("a handler in shell and awk", [f"{HERE}/shell/qubes.Metrics.Get"], before=samples.views[QUIET].show)
    peers = [handler, Command("`sadc 1 1 FILE` of sysstat", [SADC, "1", "1", f"{folder}/sadc"], before=f"rm -f {folder}/sadc"),
             Command("`atop -w FILE 1 1`", ["atop", "-w", f"{folder}/atop", "1", "1"], before=f"rm -f {folder}/atop")]
    runs = bench.compare(result, list(ours.values()), peers, 11)
    quiet, chatter = ours[QUIET].name, ours[CHATTER].name
    result.rows(runs, quiet)
    result.target_ratio("a sample after entries that are no alerts: CPU, of a quiet one", runs, chatter, quiet, 1.1,
                        "each of the journal's files is looked into: some `pread` more")
    for name, text in ((quiet, "a quiet sample"), (chatter, "a sample after entries that are no alerts")):
        result.target_ratio(f"{text}: CPU, of the handler in shell", runs, name, handler.name, 1 / 20,
                            "an empty program costs `true` already, and most of the rest is the kernel's, which makes up /proc at each read")


def beside_exporter(bench, result, ours):
    """The daemon is asked in turn with mon-sample; its start is in no figure."""
    if shutil.which(PROGRAM) is None:
        result.skip("the node exporter", "not installed (tests/setup bench)")
        return
    theirs, mine = [], []
    try:
        with NodeExporter() as daemon:
            for _ in range(bench.rounds(11)):
                before = daemon.cpu_us()
                for _ in range(5):
                    daemon.scrape()
                theirs.append((daemon.cpu_us() - before) / 5)
                mine += bench.measure([ours], 1, 0)[ours.name].cpu
            resident = daemon.resident_kb()
    except (OSError, Failure) as e:
        result.skip("the node exporter", f"not measured: {e}")
        return
    result.row("node exporter, a scrape; it stays resident", number(statistics.median(theirs) / 1000), number(ratio(theirs, mine)),
               number(resident / 1024))

"""sample.py - one sample of one guest: mon-sample against the shell, sysstat, atop and the daemons."""
import os
import statistics
import subprocess
import time

from bench import HERE, NO_COUNT, Command, Failure, Result, mib, number, ratio, runnable, share
import daemons
import journals

NEEDS_MOUNTS = True
SADC = "/usr/lib/sysstat/sadc"
SEVERAL = 5
QUIET, CHATTER, ALERTS = "nothing written", "written, nothing new for us", "three new alerts"


def run(bench, mounts):
    result = Result("A guest's sample")
    why = journals.why_not(mounts)
    if why:
        result.skip("all samples", why)
        return result
    samples = Samples(bench)
    try:
        beside_peers(bench, result, samples)
        journal_size(bench, result, samples)
        first(bench, result, samples)
    finally:
        samples.close()
    notes(result)
    return result


def notes(result):
    result.note(f"The journal has {SEVERAL} files of 64 MiB for all of them, unless a line says otherwise, "
                "at its true place in a mount namespace of the benchmark; figures and disks are those of this machine. "
                "“Nothing written” is a guest whose journal did not change since the last sample. “Written, nothing new for us” is one "
                "whose journal took an entry below notice: in a real qube qrexec itself writes such entries at each poll, so "
                "that is the usual case, and it costs the loading of libsystemd.")
    result.note("A daemon is asked over loopback, in turn with mon-sample. Its CPU is what the scheduler gave to all of its threads; its memory is "
                "the proportional share (PSS); its start is in no figure. zabbix-agent is asked for 21 items, which are the figures of mon-sample "
                "but for alerts and sockets; collectd has the plugins " + ", ".join(daemons.Collectd.PLUGINS) +
                ", and a short interval of 1 s, so that there are enough of them. node-exporter gathers far more than "
                "we do. “One more sample” of sadc is what it costs when it stays resident, and its start is not counted.")


class Samples:
    def __init__(self, bench):
        self.bench, self.tool = bench, bench.tool("mon-sample")
        self.journals = journals.Journals(bench)
        self.views = {}

    def command(self, case, files):
        """mon-sample in that CASE, with a journal of FILES files of its own."""
        name = f"mon-sample, {case}" + ("" if files == SEVERAL else f", {files} files")
        view = self.journals.view(name.replace(" ", "-").replace(",", ""), files)
        state = os.path.join("/dev/shm" if os.path.isdir("/dev/shm") else view.folder, f"mon-bench.{os.getpid()}.{len(self.views)}")
        command = Command(name, [self.tool, "--state-dir", state], before=view.show)
        self.bench.prepare(command)
        self.catch_up(command)
        more = {QUIET: "", CHATTER: f"; {view.append} 6 1", ALERTS: f"; {view.append} 4 3"}[case]
        command.before += more
        self.views[name] = view
        self.expect(command, 3 if case == ALERTS else 0)
        return command

    def output(self, command):
        return subprocess.run(command.argv, check=True, stdin=subprocess.DEVNULL, capture_output=True,
                              env=self.bench.environment(command.env)).stdout

    def catch_up(self, command):
        """Sample until all alerts of this boot were delivered, and once more when the files are a second old."""
        for _ in range(1000):
            if b"alert: " not in self.output(command):
                break
        else:
            raise Failure(f"{command.name} never comes to the end of the journal")
        time.sleep(1.2)
        self.output(command)

    def expect(self, command, alerts):
        self.bench.prepare(command)
        answer = self.output(command)
        if answer.count(b"alert: ") != alerts or answer.count(b"sys: ") != 1:
            raise Failure(f"{command.name}: {alerts} alerts were to come, but the answer is {answer!r}")
        return answer

    def close(self):
        for name in os.listdir("/dev/shm"):
            if name.startswith(f"mon-bench.{os.getpid()}."):
                subprocess.run(["rm", "-rf", f"/dev/shm/{name}"], check=True)


def counted(bench, command):
    """Instructions; a program that does not run under valgrind is not counted."""
    if bench.quick:
        return NO_COUNT
    try:
        value = bench.instructions(command)
    except Failure:
        value = None
    return NO_COUNT if value is None else number(value)


def beside_peers(bench, result, samples):
    folder = bench.folder()
    sadc, atop = os.path.join(folder, "sadc"), os.path.join(folder, "atop")
    ours = {case: samples.command(case, SEVERAL) for case in (QUIET, CHATTER, ALERTS)}
    quiet_view = samples.views[ours[QUIET].name].show
    peers = [
        Command("shell handler", [f"{HERE}/shell/qubes.Metrics.Get"], before=quiet_view),
        Command("sadc 1 1 FILE", [SADC, "1", "1", sadc], before=f"rm -f {sadc}"),
        Command("vmstat", ["vmstat"]),
        Command("atop -w FILE 1 1", ["atop", "-w", atop, "1", "1"], before=f"rm -f {atop}"),
        Command("journalctl --since -10s", ["journalctl", "--since", "-10s", "-p", "notice", "-q", "--no-pager"], before=quiet_view),
        Command("/bin/true", ["/bin/true"]),
    ]
    commands = list(ours.values()) + runnable(result, peers)
    runs = bench.measure(commands, bench.rounds(41), 2)
    mine = runs[ours[QUIET].name]
    answer = {ours[QUIET].name: len(samples.expect(ours[QUIET], 0))}
    if "shell handler" in runs:
        bench.prepare(peers[0])
        answer["shell handler"] = len(samples.output(peers[0]))
    stored = {"sadc 1 1 FILE": sadc, "atop -w FILE 1 1": atop}
    table = []
    for c in commands:
        r = runs[c.name]
        disk = os.stat(stored[c.name]).st_size if c.name in stored else None
        wire = answer.get(c.name)
        table.append([f"`{c.name}`" if c in peers and c.name != "shell handler" else c.name, number(r.cpu_ms()), number(ratio(r.cpu, mine.cpu)),
                      number(r.wall_ms()), counted(bench, c), bench.processes(c) or "-", mib(r.rss_kb()), "0",
                      f"{wire:,}" if wire else "-", f"{disk:,}" if disk else "-"])
    table += resident_rows(bench, result, ours[QUIET])
    if "sadc 1 1 FILE" in runs:
        table.append(marginal_sadc(bench, ours[QUIET], sadc))
    result.table("One sample", ["", "CPU, ms", "of mon-sample", "wall, ms", "instructions, M", "processes", "peak memory, MiB",
                                "resident between samples, MiB", "bytes on the wire", "bytes on disk"], table)
    targets(bench, result, ours, runs)
    result.figure("sample_us", mine.cpu_ms() * 1000)
    result.figure("sample_rss_kb", max(runs[c.name].rss_kb() for c in ours.values()))


def targets(bench, result, ours, runs):
    goals = [(QUIET, "shell handler", 1 / 20), (QUIET, "sadc 1 1 FILE", 0.5), (QUIET, "/bin/true", 1.7),
             (CHATTER, "shell handler", 1 / 20), (CHATTER, "sadc 1 1 FILE", 0.5), (CHATTER, "/bin/true", 1.7),
             (ALERTS, "sadc 1 1 FILE", 1)]
    for case, peer, goal in goals:
        if peer not in runs:
            continue
        seen = ratio(runs[ours[case].name].cpu, runs[peer].cpu)
        result.target(f"sample, {case}: CPU, of {peer}", "at most " + share(goal) if goal != 1 else "at most 1 x",
                      share(seen), seen <= goal, WHY[case])
    for case, command in ours.items():
        started = bench.processes(command)
        if started is None:
            result.skip("processes started", "strace is not installed (tests/setup test)")
            return
        result.target(f"sample, {case}: child processes", "0", str(started - 1), started == 1)


WHY = {
    QUIET: "an empty C program costs as much as /bin/true, half of it for CPUID instructions of ld.so that the hypervisor answers; of the "
           "rest nearly all is the kernel's: page faults, and /proc, which it makes up anew at each read",
    CHATTER: "an entry was written, so the file must be opened to know that it is nothing for us: to load libsystemd, and six libraries "
             "that it is linked with and does not need for this, takes half of all the time",
    ALERTS: "the loading of libsystemd, as above",
}


def marginal_sadc(bench, ours, path):
    """What one more sample of a running sadc costs: 4 samples less 1, by 3."""
    commands = [Command("one", [SADC, "1", "1", path], before=f"rm -f {path}"),
                Command("four", [SADC, "1", "4", path], before=f"rm -f {path}"), ours]
    runs = bench.measure(commands, bench.rounds(21), 0)
    each = statistics.median((b - a) / 3 for a, b in zip(runs["one"].cpu, runs["four"].cpu))
    part = statistics.median((b - a) / 3 / c for a, b, c in zip(runs["one"].cpu, runs["four"].cpu, runs[ours.name].cpu))
    size = os.stat(path).st_size if os.path.exists(path) else 0
    return ["`sadc`, one more sample", number(each / 1000), number(part), "-", NO_COUNT, "-", "-",
            mib(resident_sadc(path)), "-", f"about {size // 4:,}" if size else "-"]


def resident_sadc(path):
    process = subprocess.Popen([SADC, "1", "3", path + ".resident"], stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    try:
        with open(f"/proc/{process.pid}/smaps_rollup") as text:
            return sum(int(line.split()[1]) for line in text if line.startswith("Pss:"))
    finally:
        process.wait()


def resident_rows(bench, result, ours):
    """The daemons, in turn with mon-sample."""
    table = []
    for kind in daemons.ALL:
        why = kind.missing()
        if why:
            result.skip(kind.name, why)
            continue
        try:
            with kind(bench) as daemon:
                table.append(one_daemon(bench, result, daemon, ours))
        except Failure as e:
            result.skip(kind.name, str(e))
    return table


def one_daemon(bench, result, daemon, ours):
    theirs, mine, sizes, walls = [], [], [], []
    for _ in range(bench.rounds(21)):
        before, began = daemon.cpu_us(), time.monotonic()
        sizes += [daemon.sample() for _ in range(daemon.samples)]
        theirs.append((daemon.cpu_us() - before) / daemon.samples)
        walls.append((time.monotonic() - began) / daemon.samples * 1000)
        mine += bench.measure([ours], 1, 0)[ours.name].cpu
    wire = f"{int(statistics.median(sizes)):,}"
    if isinstance(daemon, daemons.NodeExporter):
        result.figure("node_us", statistics.median(theirs))
        result.figure("node_kb", daemon.resident_kb())
    collectd = isinstance(daemon, daemons.Collectd)
    return [daemon.name, number(statistics.median(theirs) / 1000), number(ratio(theirs, mine)),
            "-" if collectd else number(statistics.median(walls)), NO_COUNT, "-", "-", mib(daemon.resident_kb()),
            "-" if collectd else wire, wire if collectd else "-"]


def journal_size(bench, result, samples):
    """One file against many."""
    many = samples.journals.many
    commands = {(case, n): samples.command(case, n) for case in (QUIET, CHATTER, ALERTS) for n in (1, many)}
    size = samples.views[commands[QUIET, many].name].bytes()
    runs = bench.measure(list(commands.values()), bench.rounds(31), 2)
    table = []
    for case in (QUIET, CHATTER, ALERTS):
        one, all_ = runs[commands[case, 1].name], runs[commands[case, many].name]
        seen = ratio(all_.cpu, one.cpu)
        table.append([case, number(one.cpu_ms()), number(all_.cpu_ms()), number(seen), mib(one.rss_kb()), mib(all_.rss_kb())])
        result.target(f"journal of {many} files, {size / 1e9:.2f} GB, {case}: CPU, of that with one file", "at most 1.5 x",
                      share(seen), seen <= 1.5, "the files are looked at one by one (a stat each)")
        result.target(f"journal of {many} files, {case}: peak memory", "under 5 MiB", mib(all_.rss_kb()) + " MiB",
                      all_.rss_kb() < 5 * 1024, "the pages of the journal that are mapped count, and libsystemd with its libraries")
    result.table(f"The same sample by the size of the journal: {many} files have {size / 1e9:.2f} GB",
                 ["", "1 file: CPU, ms", f"{many} files: CPU, ms", "ratio", "1 file: peak, MiB", f"{many} files: peak, MiB"], table)


def first(bench, result, samples):
    """The first sample of a boot has no place in the journal yet, and goes through all files of it."""
    many = samples.journals.many
    view = samples.journals.view("first", many)
    state = f"/dev/shm/mon-bench.{os.getpid()}.first" if os.path.isdir("/dev/shm") else view.folder + ".state"
    command = Command("first", [samples.tool, "--state-dir", state], before=f"rm -rf {state}; {view.show}")
    r = bench.measure([command], bench.rounds())["first"]
    result.note(f"The first sample after a boot has no place in the journal yet: with {many} files it takes {number(r.cpu_ms())} ms of CPU and "
                f"{mib(r.rss_kb())} MiB, once.")

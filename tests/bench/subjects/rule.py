"""rule.py - rules: a poll of 40 qubes as the unit's stage sees it, and a day replayed, against vmalert."""
import itertools
import os
import resource
import shutil
import socket
import statistics
import subprocess
import time
import urllib.error
import urllib.request

from bench import DAY, Command, Failure, Result, cpu_us, number, ratio, share, shell
import generate

QUBES = 40
# Name, how mon-rule says it, how vmalert says the same, for how long.  None is true in an honest day for so long.
RULES = (
    ("cpu-hot", "cpu > 90%", "system_cpu_idle < 10", "5m"),
    ("rw-full", "disk.pct_used >= 97% where mount=/rw", 'disk_pct_used{mount="/rw"} >= 97', "1m"),
    ("mem-tight", "mem_avail_kb < 5MiB", "system_mem_avail_kb < 5120", "2m"),
    ("sends", "rate(network.tx_bytes) > 9MiB/s where if!=lo", 'irate(network_tx_bytes{if!="lo"}[25s]) > 9437184', "2m"),
    ("stalled", "rate(pressure.mem_full_us) > 20%", "irate(pressure_mem_full_us[25s]) > 200000", "1m"),
    ("load", "load1 > 4", "system_load1 > 4", "5m"),
    ("swap", "swap_used_kb > 1GiB", "system_swap_used_kb > 1048576", "1m"),
    ("sockets", "tcp_established > 5000", "connections_tcp_established > 5000", "1m"),
    ("writes", "rate(io.write_bytes) > 50MiB/s", "irate(io_write_bytes[25s]) > 52428800", "1m"),
    ("blocked", "procs_blocked > 8", "system_procs_blocked > 8", "1m"),
)


def run(bench):
    result = Result("Rules: mon-rule")
    poll(bench, result)
    replay(bench, result)
    return result


def poll(bench, result):
    """One poll after the other comes in, as in the unit: the state is that of the poll before."""
    folder, rounds = bench.folder(), bench.rounds(21)
    rules, now = os.path.join(folder, "rules"), os.path.join(folder, "now")
    with open(rules, "w") as out:
        out.write("".join(f"{name}-{i}: {what} for {hold} on *\n" for i in range(10) for name, what, _, hold in RULES))
    for i, lines in enumerate(itertools.islice(generate.polls(QUBES), rounds + 2)):
        with open(f"{folder}/poll-{i}", "w") as out:
            out.writelines(lines)
    with open(folder + "/next", "w") as out:
        out.write("0\n")
    os.mkdir(folder + "/record")
    rule = f"`mon-rule --live`: a poll of {QUBES} qubes, 100 rules"
    cat = Command("`cat LINES \\| cat`, the same lines", ["sh", "-c", f"cat {now} | cat >/dev/null"])
    live = Command(rule, [bench.tool("mon-rule"), "--live", "--rules", rules, "--dir", folder + "/record"], stdin=now,
                   before=f"read i <{folder}/next; ln -sf {folder}/poll-$i {now}; echo $((i + 1)) >{folder}/next")
    runs = bench.compare(result, [live, cat], [], 21)
    result.rows(runs, rule)
    result.target_ratio(f"mon-rule, a poll of {QUBES} qubes with 100 rules: CPU, of `cat LINES \\| cat`", runs, rule, cat.name, 4,
                        "so few lines cost `cat` nothing but its start")


def replay(bench, result):
    folder, _, _ = bench.day()
    rules = os.path.join(bench.folder(), "rules")
    with open(rules, "w") as out:
        out.write("".join(f"{name}: {what} for {hold} on *\n" for name, what, _, hold in RULES))
    ours = shell("`mon-cat \\| mon-rule`: a day of 20 qubes, 10 rules", "sh", f"mon-cat --dir {folder} {DAY} | mon-rule --rules {rules} >/dev/null")
    runs = bench.measure([ours], bench.rounds(3))
    result.rows(runs, ours.name)
    result.target_memory("mon-rule, memory for a day", runs, ours.name, 8)
    missing = [program for program in ("victoria-metrics", "vmalert") if shutil.which(program) is None]
    if missing:
        result.skip("vmalert's replay", f"{missing[0]}: not installed (tests/setup test)")
        return
    try:
        mine, theirs, loading = beside_vmalert(bench, ours)
    except (OSError, Failure) as e:
        result.skip("vmalert's replay", f"not measured: {e}")
        return
    result.row("vmalert's replay, with what VictoriaMetrics does for it", number(statistics.median(theirs) / 1000), number(ratio(theirs, mine)), "-")
    result.row("to load the day into VictoriaMetrics before", number(loading / 1000), number(loading / statistics.median(mine)), "-")
    seen = ratio(mine, theirs)
    result.target("mon-rule, replay of a day with 10 rules: CPU, of vmalert's", "at most " + share(1 / 3), share(seen), seen <= 1 / 3,
                  "vmalert asks a database that has parsed all rows before; "
                  f"with that loading it is {share(statistics.median(mine) / (statistics.median(theirs) + loading))}")


class Server:
    """VictoriaMetrics, on loopback."""

    def __init__(self, bench):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.base = f"http://127.0.0.1:{s.getsockname()[1]}"
        self.process = subprocess.Popen(
            ["victoria-metrics", f"-storageDataPath={bench.folder()}", f"-httpListenAddr={self.base[7:]}", "-retentionPeriod=100y",
             "-search.latencyOffset=0s", "-search.maxStalenessInterval=10s"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def ask(self, path, data=None):
        for _ in range(100):
            try:
                return urllib.request.urlopen(self.base + path, data=data, timeout=60).read()
            except urllib.error.URLError:
                time.sleep(0.1)
        raise Failure("VictoriaMetrics does not answer")

    def load(self, bench):
        """Put the day into it; returns the microseconds of its CPU."""
        lines = open(bench.day()[2], "rb")
        before = self.cpu_us()
        export = subprocess.Popen([bench.tool("mon-export"), "lp"], stdin=lines, stdout=subprocess.PIPE, env=bench.environment())
        while block := export.stdout.read(8 << 20):
            block += export.stdout.readline()
            self.ask("/write", block)
        if export.wait() != 0:
            raise Failure("mon-export failed")
        self.ask("/internal/force_flush")
        self.settle()
        return self.cpu_us() - before

    def cpu_us(self):
        return cpu_us(self.process.pid)

    def settle(self):
        """Until it has put away what was loaded: a second of less than 5 ms."""
        for _ in range(30):
            before = self.cpu_us()
            time.sleep(1)
            if self.cpu_us() - before < 5000:
                return


def beside_vmalert(bench, ours):
    """The microseconds of CPU of some runs of each, in turn, and those that VictoriaMetrics took to load the day."""
    rules = os.path.join(bench.folder(), "rules.yml")
    with open(rules, "w") as out:
        out.write("groups:\n- name: g\n  interval: 10s\n  rules:\n")
        out.write("".join(f"  - alert: {name}\n    expr: '{what}'\n    for: {hold}\n" for name, _, what, hold in RULES))
    mine, theirs = [], []
    with Server(bench) as server:
        server.ask("/health")
        loading = server.load(bench)
        end = generate.stamp(generate.START + bench.hours() * 3600 - 10)
        replay = ["vmalert", f"-rule={rules}", f"-datasource.url={server.base}", f"-remoteWrite.url={server.base}",
                  f"-replay.timeFrom={generate.stamp(generate.START)}", f"-replay.timeTo={end}", "-replay.maxDatapointsPerQuery=100000",
                  "-datasource.queryStep=10s", "-replay.rulesDelay=100ms", "-replay.disableProgressBar", "-httpListenAddr=127.0.0.1:0"]
        for _ in range(bench.rounds(3)):
            mine += bench.measure([ours], 1, 0)[ours.name].cpu
            theirs.append(one_replay(server, replay))
    return mine, theirs, loading


def one_replay(server, words):
    def children():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (used.ru_utime + used.ru_stime) * 1e6

    before, served = children(), server.cpu_us()
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure("vmalert failed: " + done.stderr[-300:])
    return children() - before + server.cpu_us() - served

"""archive.py - packing a day: mon-archive against tar, bsdtar and pigz."""
import os

from bench import SRC, Command, Result, mib, number, ratio, runnable, share
import generate
from split import DAY
from sample import counted


def run(bench):
    result = Result("Packing a day")
    folder = bench.folder()
    # 750,000 rows are 50 MB: eleven qubes for a day.
    lines = 30000 if bench.quick else 750000
    monitor = bench.cached(f"day-{lines}", lambda path: make_day(bench, path, lines))
    size = sum(os.stat(f"{monitor}/{DAY}/{name}").st_size for name in os.listdir(f"{monitor}/{DAY}"))
    ours, vault = mine(bench, folder, monitor)
    peers, packed = theirs(folder, monitor)
    commands = [ours, vault] + runnable(result, peers)
    packed[ours.name] = os.path.join(folder, "kept", f"monitor-{DAY}.tgz")
    packed[vault.name] = os.path.join(folder, f"machine/vault/secrets-vault/QubesIncoming/sys-monitor/monitor-{DAY}.tgz")
    runs = bench.measure(commands, bench.rounds())
    table = []
    for c in commands:
        r = runs[c.name]
        table.append([f"`{c.name}`", number(r.cpu_ms()), number(ratio(r.cpu, runs[ours.name].cpu)), number(r.wall_ms()),
                      counted(bench, c) if c is not vault else "not counted", bench.processes(c) or "-", mib(r.rss_kb()),
                      f"{os.stat(packed[c.name]).st_size:,}"])
    result.table(f"A day of {number(size / 1e6)} MB",
                 ["", "CPU, ms", "of mon-archive", "wall, ms", "instructions, M", "processes", "peak of the largest process, MiB",
                  "bytes of the archive"], table)
    for c in (ours, vault):
        seen = ratio(runs[c.name].cpu, runs["tar czf"].cpu)
        result.target(f"a day of {number(size / 1e6)} MB: CPU of {c.name}, of `tar czf`", "at most 0.65 x", share(seen), seen <= 0.65,
                      "nearly all of the time is zlib's, to compress, and to unpack the archive again for the comparison with the files, "
                      "which `tar czf` does not spend")
    smaller = os.stat(packed[ours.name]).st_size / os.stat(packed["tar czf"]).st_size
    result.target("the archive: bytes, of that of `tar czf`", "at most 1.03 x", share(smaller), smaller <= 1.03)
    result.note("mon-archive reads its archive back, compares it with the files, and writes the SHA-256 into the ledger; `tar czf` does "
                "none of that, so a line with the same work by other programs stands beside it. pigz uses all cores: its wall time is "
                "shorter, its CPU is not.")
    result.figure("archive_us_per_mb", runs[ours.name].cpu_ms() * 1000 / (size / 1e6))
    result.figure("archive_ratio", os.stat(packed[ours.name]).st_size / size)
    result.figure("archive_rss_kb", runs[ours.name].rss_kb())
    prune(bench, result, folder)
    return result


def make_day(bench, path, lines):
    stream = bench.cached(f"stream-day-{lines}", lambda p: generate.stream(p, lines, 11))
    bench.measure([Command("day", [bench.tool("mon-split"), "--no-sync", "--dir", path], stdin=stream)], 1, 0)
    os.unlink(stream)


def mine(bench, folder, monitor):
    """mon-archive without a vault, and with the simulated one."""
    machine, kept = os.path.join(folder, "machine"), os.path.join(folder, "kept")
    os.makedirs(machine + "/qubes")
    os.mkdir(kept)
    with open(machine + "/qubes/secrets-vault", "w") as out:
        out.write("state=Halted\n")
    words = [bench.tool("mon-archive"), "--dir", monitor, "--date", DAY]
    forget = f"rm -rf {monitor}/archives.csv {monitor}/.outgoing"
    return (Command("mon-archive --no-copy", words + ["--no-copy", "--out", kept], before=f"{forget} {kept}/*"),
            Command("mon-archive, to the simulated vault", words, before=f"{forget} {machine}/vault {machine}/log",
                    env={"FAKE_QUBES": machine, "PATH": f"{SRC}/tests/fakes:{os.environ['PATH']}"}))


def theirs(folder, monitor):
    """The peers, and the archives that they make."""
    packed = {name: os.path.join(folder, f"{i}.tgz") for i, name in enumerate(
        ("tar czf", "tar czf, tar dzf, sha256sum", "bsdtar czf", "tar, pigz"))}
    same = packed["tar czf, tar dzf, sha256sum"]
    return [
        Command("tar czf", ["tar", "-C", monitor, "-czf", packed["tar czf"], DAY]),
        Command("tar czf, tar dzf, sha256sum",
                ["sh", "-c", f"tar -C {monitor} -czf {same} {DAY} && tar -C {monitor} -dzf {same} && sha256sum {same}"]),
        Command("bsdtar czf", ["bsdtar", "-C", monitor, "-czf", packed["bsdtar czf"], DAY]),
        Command("tar, pigz", ["tar", "-C", monitor, "-I", "pigz", "-cf", packed["tar, pigz"], DAY]),
    ], packed


def prune(bench, result, folder):
    """mon-prune with nothing to do, which is what it does on most nights."""
    monitor = os.path.join(folder, "prune")
    os.mkdir(monitor)
    path = os.path.join(folder, "days")
    with open(path, "w") as out:
        out.write("")
    r = bench.measure([Command("mon-prune", [bench.tool("mon-prune"), "--dir", monitor], stdin=path)], bench.rounds())["mon-prune"]
    result.note(f"mon-prune, with nothing to delete: {number(r.cpu_ms())} ms of CPU, {mib(r.rss_kb())} MiB.")
    result.figure("prune_rss_kb", r.rss_kb())

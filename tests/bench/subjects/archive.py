"""archive.py - packing a day: mon-archive against tar."""
import os

from bench import DAY, Command, Result, number


def run(bench):
    result = Result("The night: mon-archive")
    folder, files, _ = bench.day()
    size = sum(os.stat(path).st_size for path in files)
    out, tar = os.path.join(bench.folder(), "kept"), os.path.join(bench.folder(), "day.tgz")
    os.mkdir(out)
    ours, peer = f"a day of 20 qubes, {number(size / 1e6)} MB, by `mon-archive`", "`tar czf`, which reads nothing back"
    commands = [Command(ours, [bench.tool("mon-archive"), "--dir", folder, "--date", DAY, "--no-copy", "--out", out],
                        before=f"rm -rf {folder}/archives.csv {folder}/.outgoing {out}/*"),
                Command(peer, ["tar", "-C", folder, "-czf", tar, DAY])]
    runs = bench.compare(result, commands[:1], commands[1:], 3)
    result.rows(runs, ours)
    packed = os.stat(os.path.join(out, f"monitor-{DAY}.tgz")).st_size
    result.target_ratio("mon-archive with its read-back, CPU, of `tar czf`", runs, ours, peer, 0.65)
    if peer in runs:
        more = packed / os.stat(tar).st_size
        result.target("mon-archive, bytes of the archive, of that of `tar czf`", "at most 1.03 x", f"{more:.4f} x", more <= 1.03,
                      "it is packed at level 5 of gzip; level 6 saves these bytes for half as much work again")
    result.figure("day_bytes", size * 24 / bench.hours())
    result.figure("archive_share", packed / size)
    result.figure("archive_us", runs[ours].cpu_ms() * 1000 * 24 / bench.hours())
    return result

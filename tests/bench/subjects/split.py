"""split.py - filing stamped lines: mon-split against awk."""
import filecmp
import os

from bench import HERE, DAY, Command, Failure, Result, number
import generate


def run(bench):
    result = Result("Filing lines: mon-split")
    lines = 20000 if bench.quick else 1000000
    stream = bench.cached(f"stream-{lines}", lambda path: generate.stream(path, lines))
    folder = bench.folder()
    ours, mawk = f"{lines:,} lines by `mon-split --no-sync`", "`mawk`, which checks nothing"
    into = {ours: os.path.join(folder, "ours"), mawk: os.path.join(folder, "mawk")}
    commands = [fresh(Command(ours, [bench.tool("mon-split"), "--no-sync", "--dir", into[ours]], stdin=stream), into[ours]),
                fresh(Command(mawk, ["mawk", "-v", f"folder={into[mawk]}/{DAY}", "-f", f"{HERE}/split.awk"], stdin=stream), into[mawk])]
    runs = bench.compare(result, commands[:1], commands[1:], 11)
    result.rows(runs, ours)
    if mawk in runs:
        same_files(into[ours], into[mawk], lines)
    result.target_ratio("mon-split, CPU, of mawk", runs, ours, mawk, 1 / 4,
                        "each byte of each field is checked against the shape of its column")
    memory(bench, result, runs[ours].rss_kb(), lines)
    return result


def fresh(command, folder):
    """It begins with an empty day each time."""
    command.before = f"rm -rf '{folder}' && mkdir -p '{folder}/{DAY}'"
    return command


def same_files(ours, theirs, lines):
    """A peer that does other work is no peer.  mawk writes no headers."""
    names = sorted(os.listdir(f"{theirs}/{DAY}"))
    for name in names:
        with open(f"{ours}/{DAY}/{name}", "rb") as made, open(f"{ours}/{name}", "wb") as rows:
            made.readline()
            rows.write(made.read())
    _, differ, errors = filecmp.cmpfiles(ours, f"{theirs}/{DAY}", names, shallow=False)
    if differ or errors or sorted(os.listdir(f"{ours}/{DAY}")) != names:
        raise Failure(f"mon-split and mawk do not file the same: {', '.join(differ + errors) or 'other files'}")
    filed = sum(open(f"{theirs}/{DAY}/{name}", "rb").read().count(b"\n") for name in names)
    if filed != lines:
        raise Failure(f"of {lines} lines {filed} were filed")


def memory(bench, result, largest, lines):
    """It must not grow with the input.  A buffer a file is touched as it fills, which takes some lines."""
    less = lines * 3 // 10
    stream = bench.cached(f"stream-{less}", lambda path: generate.stream(path, less))
    folder = os.path.join(bench.folder(), "less")
    command = fresh(Command("less", [bench.tool("mon-split"), "--no-sync", "--dir", folder], stdin=stream), folder)
    smaller = bench.measure([command], bench.rounds(5), 0)["less"].rss_kb()
    if not bench.quick:
        result.target(f"mon-split, memory for {lines:,} lines, of that for {less:,}", "at most 1.05 x (it does not grow)",
                      f"{number(largest / smaller)} x", largest <= 1.05 * smaller)

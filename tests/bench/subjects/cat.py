"""cat.py - reading a day back: mon-cat against cat and Miller."""
from bench import DAY, Command, Result, number, shell


def run(bench):
    result = Result("Reading a day back: mon-cat")
    folder, files, _ = bench.day()
    ours, cat = "`mon-cat`: a day of 20 qubes, merged by time", bench.cat()
    last = "`mon-cat`: the last five minutes of it"
    words = [bench.tool("mon-cat"), "--dir", folder]
    commands = [Command(ours, words + [DAY]),
                Command(last, words + ["--from", f"{bench.hours() - 1:02}:55", DAY], times=10), cat, Command("`true`", ["/bin/true"], times=10)]
    runs = bench.compare(result, commands[:2], commands[2:], 7)
    miller = shell("Miller: the same rows, not merged", "mlr", f"mlr --icsv --ocsvlite cat {' '.join(files)} >/dev/null")
    slow = bench.compare(result, commands[:1], [miller], 3)
    result.rows(runs, ours, [ours, last, cat.name])
    result.rows(slow, ours, [miller.name])
    result.target_ratio("mon-cat, CPU, of `cat FILES \\| cat`", runs, ours, cat.name, 5)
    result.target_ratio("mon-cat, CPU, of Miller", slow, ours, miller.name, 1 / 15)
    result.target_memory("mon-cat, memory", runs, ours, 8)
    ms = runs[last].cpu_ms()
    result.target("mon-cat, the last five minutes: CPU from start to end", "under 2 ms", f"{number(ms)} ms", ms < 2,
                  f"an empty program takes {number(runs[commands[3].name].cpu_ms())} ms to start on this machine; some 700 places are looked at for steps of the clock")
    return result

"""export.py - moving a day elsewhere: mon-export against Miller."""
from bench import DAY, Command, Result, shell


def run(bench):
    result = Result("Moving a day: mon-export")
    _, files, lines = bench.day()
    lp, jsonl, cat = "`mon-export lp`", "`mon-export jsonl`: the lines of a day of 20 qubes", bench.cat()
    tool = bench.tool("mon-export")
    commands = [Command(lp, [tool, "lp"], stdin=lines), Command(jsonl, [tool, "jsonl"], stdin=lines)]
    runs = bench.compare(result, commands, [cat], 7)
    miller = shell("Miller: the same rows to JSON", "mlr", f"mlr --icsv --ojsonl cat {' '.join(files)} >/dev/null")
    slow = bench.compare(result, commands[1:2], [miller], 3)
    result.rows(runs, jsonl, [jsonl, lp])
    result.rows(slow, jsonl, [miller.name])
    result.target_ratio("mon-export lp, CPU, of `cat FILES \\| cat`", runs, lp, cat.name, 12)
    result.target_ratio("mon-export jsonl, CPU, of Miller", slow, jsonl, miller.name, 1 / 20,
                        "each field of each line is checked again")
    result.target_memory("mon-export lp, memory", runs, lp, 8)
    result.target_memory("mon-export jsonl, memory", runs, jsonl, 8)
    return result

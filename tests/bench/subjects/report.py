"""report.py - what happened in a day: mon-report against sqlite."""
import os

from bench import DAY, HERE, Command, Result, shell


def run(bench):
    result = Result("What happened: mon-report")
    folder, _, _ = bench.day()
    text, html, cat = "`mon-report`: a day of 20 qubes, as text", "`mon-report --html`", bench.cat()
    words = [bench.tool("mon-report"), "--dir", folder, "--now", "2025-09-01T12:00:00Z"]
    commands = [Command(text, words + [DAY]), Command(html, words + ["--html", DAY]), cat]
    runs = bench.compare(result, commands[:2], [cat], 7)
    sqlite = shell("`sqlite3`: import and the same questions", "sqlite3", f"cd {os.path.join(folder, DAY)} && sqlite3 :memory: <{HERE}/report.sql")
    slow = bench.compare(result, commands[:1], [sqlite], 3)
    result.rows(runs, text, [text, html])
    result.rows(slow, text, [sqlite.name])
    result.target_ratio("mon-report as text, CPU, of `cat FILES \\| cat`", runs, text, cat.name, 6)
    result.target_ratio("mon-report as text, CPU, of sqlite's import and queries", slow, text, sqlite.name, 1 / 10)
    result.target_ratio("mon-report --html, CPU, of the text", runs, html, text, 2)
    result.target_memory("mon-report as text, memory", runs, text, 16)
    result.target_memory("mon-report --html, memory", runs, html, 16)
    return result

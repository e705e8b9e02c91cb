"""units.py - a poll as the unit runs it: what systemd costs, and what we cost."""
import statistics
import subprocess

from bench import HERE, Failure, Result, number, quartiles
from poll import QUBES, QUOTA, Polls

EACH = 6


def run(bench):
    result = Result("A poll as its unit runs it")
    if not bench.root:
        result.skip("the unit", "to boot a systemd in a container needs root")
        return result
    polls = Polls(bench)
    try:
        machine = polls.canned("units", QUBES)
        done = subprocess.run([f"{HERE}/units.sh", bench.build, polls.fakes, machine, str(bench.rounds(21, 2)), str(EACH), QUOTA],
                              capture_output=True, text=True, env=bench.environment())
    finally:
        polls.close()
    if done.returncode == 77:
        result.skip("the unit", done.stdout.strip().removeprefix("SKIP: "))
        return result
    if done.returncode != 0:
        raise Failure(f"units.sh failed: {done.stdout[-500:]}{done.stderr[-1000:]}")
    seen = {}
    for line in done.stdout.splitlines():
        name, cost = line.split("\t")
        seen.setdefault(name, []).append(int(cost))
    report(result, seen)
    return result


def report(result, seen):
    rows = []
    for name, costs in seen.items():
        low, high = quartiles(costs)
        rows.append([name, number(statistics.median(costs) / 1000), f"{number(low / 1000)} to {number(high / 1000)}"])
    start, empty, whole = seen["no sandbox, /bin/true"], seen["sandbox, /bin/true"], seen["sandbox, the poll"]
    sandbox = [b - a for a, b in zip(start, empty)]
    poll = [b - a for a, b in zip(empty, whole)]
    for name, costs in (("of it: systemd, to start anything", start), ("of it: systemd, the sandbox", sandbox),
                        (f"of it: the poll of {QUBES} qubes, the stand-in for qrexec included", poll)):
        low, high = quartiles(costs)
        rows.append([name, number(statistics.median(costs) / 1000), f"{number(low / 1000)} to {number(high / 1000)}"])
    result.table(f"CPU of one start of monitor-poll.service, {QUBES} qubes whose answers are ready", ["", "CPU, ms", "half of all between"], rows)
    result.figure("activation_us", statistics.median(empty))
    result.figure("unit_poll_us", statistics.median(whole))
    result.note("The figure is the CPU of the whole container while the unit runs: PID 1, the sandbox, the journal, the poll. [UNITS.md](UNITS.md) "
                "says what each line of the sandbox costs. That a timer elapses is not in it; the qubes' side is not either.")

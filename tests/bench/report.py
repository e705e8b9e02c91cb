"""report.py - from the results to the table on the terminal, docs/BENCHMARK.md and its plots."""
import datetime
import json
import os
import platform
import re
import shutil
import subprocess

from bench import HERE, SRC, Failure, number
import plot

SUBJECTS = ("sample", "split", "poll", "archive", "units", "sizes")
QUBES, INTERVALS = (10, 20, 40), (5, 10, 30, 60)
PACKAGES = ("atop bsdutils collectd-core coreutils gawk gzip libarchive-tools libsystemd0 mawk miller perl pigz procps "
            "prometheus-node-exporter sysstat systemd tar valgrind zabbix-agent").split()


# ---- where and when ----

def first_line(path, pattern):
    try:
        with open(path) as text:
            found = re.search(pattern, text.read(), re.M)
            return found.group(1).strip() if found else "unknown"
    except OSError:
        return "unknown"


def surroundings():
    """What a subject ran on: kept with its results, for subjects can be measured one by one."""
    commit = subprocess.run(["git", "-C", SRC, "describe", "--always", "--dirty", "--exclude", "*"], capture_output=True, text=True).stdout.strip()
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "commit": commit or "unknown",
        "cpu": f"{os.cpu_count()} x {first_line('/proc/cpuinfo', r'^model name[^:]*:(.*)$')}",
        "kernel": f"Linux {platform.release().split('-')[0]}",
        "system": first_line("/etc/os-release", r'^PRETTY_NAME="(.*)"$'),
    }


def versions():
    if shutil.which("dpkg-query") is None:
        return "unknown: this is no Debian"
    done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}${Package} ${Version}\\n", *PACKAGES], capture_output=True, text=True)
    return ", ".join(sorted(line[3:].strip() for line in done.stdout.splitlines() if line.startswith("ii ")))


# ---- tables as text ----

def markdown(columns, rows):
    out = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join(out + ["| " + " | ".join(str(c) for c in row) + " |" for row in rows])


def plain(columns, rows):
    """Aligned, for the terminal."""
    cells = [[str(c).replace("`", "").replace("**", "") for c in row] for row in [columns] + rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    numeric = [columns[i] not in ("what", "target", "seen", "met?", "doing what") for i in range(len(columns))]
    return "\n".join("  " + "  ".join(c.ljust(w) if i == 0 or not numeric[i] else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))) for row in cells)


TARGET_COLUMNS = ["", "what", "target", "seen", "met?"]


def targets(results):
    """All of them with a number each."""
    return list(enumerate((t for d in results.values() for t in d["targets"]), 1))


def target_rows(results):
    return [[n, t["what"], t["goal"], t["seen"], "met" if t["met"] else "**missed**"] for n, t in targets(results)]


def misses(results):
    """What stands in the way, once for each reason."""
    reasons = {}
    for n, t in targets(results):
        if not t["met"]:
            reasons.setdefault(t["why"] or "no reason is known", []).append(str(n))
    if not reasons:
        return "All are met."
    lines = [f"- {', '.join(numbers)}: {why}." for why, numbers in reasons.items()]
    return "Missed, and what stands in the way:\n\n" + "\n".join(lines)


def subject(data):
    parts = [f"## {data['title']}"]
    for table in data["tables"]:
        parts += [f"**{table['caption']}**", markdown(table["columns"], table["rows"])]
    parts += data["notes"]
    if data["skipped"]:
        parts.append("Not run here:\n\n" + "\n".join(f"- {s['what']}: {s['why']}" for s in data["skipped"]))
    parts.append(f"Measured on {data['date']} at {data['commit']}, in {data['seconds']} s.")
    return "\n\n".join(parts)


# ---- what it costs a laptop ----

class Laptop:
    """From the figures of the subjects to percent and MB; None where a figure is missing."""
    NEEDED = {"poll": ("curve_zero_us", "curve_slope_us", "poll_us", "poll_quiet_us", "shell_poll_us", "states_us", "bytes_a_state", "client_net_us"),
              "units": ("activation_us",), "split": ("bytes_an_answer",)}

    def __init__(self, results):
        self.missing = [f"{s}: {f}" for s, names in self.NEEDED.items() for f in names if f not in results.get(s, {}).get("figures", {})]
        if self.missing:
            return
        get = {name: results[s]["figures"][name] for s, names in self.NEEDED.items() for name in names}
        self.start, self.states = get["activation_us"], get["states_us"]
        self.client = get["client_net_us"]
        self.zero = max(0, get["curve_zero_us"])
        # The curve has quiet journals; each call of qrexec writes into that of the qube.
        self.each = get["curve_slope_us"] + (get["poll_us"] - get["poll_quiet_us"]) / 30
        self.answer, self.state = get["bytes_an_answer"], get["bytes_a_state"]

    def own(self):
        """Of one poll of 30 qubes, in sys-monitor alone: the unit and the tools, without the stand-in for qrexec."""
        return self.start + self.client

    def percent(self, qubes, interval):
        return 100e-6 * ((self.start + self.zero + self.each * qubes) / interval + (self.start + self.states) / 60)

    def megabytes(self, qubes, interval):
        return qubes * (self.answer * 86400 / interval + self.state * 1440) / 1e6

    def others(self, results):
        """The same for others, 20 qubes every ten seconds; as far as they were measured."""
        sample, poll = results.get("sample", {}).get("figures", {}), results["poll"]["figures"]
        parts = [f"the serial poll in shell, as a unit with the same sandbox, {number(100e-6 * (self.start + poll['shell_poll_us'] * 20 / 30) / 10)} %"]
        if "node_us" in sample:
            parts.append(f"node-exporter in each qube, the scrapes alone and without who asks for them, {number(100e-6 * sample['node_us'] * 20 / 10)} %, "
                         f"and {number(sample['node_kb'] / 1024)} MiB resident in each")
        return f"For comparison, 20 qubes every 10 s: ours {number(self.percent(20, 10))} %, nothing resident; " + "; ".join(parts) + "."

    def table(self, cell):
        return markdown(["", *(f"every {i} s" for i in INTERVALS)], [[f"{n} qubes", *(number(cell(n, i)) for i in INTERVALS)] for n in QUBES])

    def how(self):
        ms = [number(us / 1000) for us in (self.start, self.zero, self.each, self.start + self.states)]
        return (f"Computed from the figures below: a start of the unit with its sandbox takes {ms[0]} ms, a poll {ms[1]} ms and {ms[2]} ms "
                "for each qube (the line through the curve below, plus what a written journal adds; the sampler and the stand-in for qrexec "
                f"are in it), the minute's list {ms[3]} ms. An answer becomes {number(self.answer)} bytes of CSV, alerts included, a state "
                f"{number(self.state)}. The default is every 10 s.")


# ---- the plots ----

def plots(results, laptop, output):
    written = []

    def write(name, svg):
        with open(os.path.join(output, name), "w") as out:
            out.write(svg)
        written.append(name)

    table = next((t for t in results.get("sample", {}).get("tables", []) if t["caption"] == "One sample"), None)
    if table:
        rows = [(row[0].replace("`", ""), float(row[1].replace(",", "")), f"{row[1]} ms") for row in table["rows"]]
        write("benchmark-sample.svg", plot.bars("CPU of one sample", "milliseconds", sorted(rows, key=lambda r: r[1]),
                                                "Bars: CPU of one sample by each program"))
    if not laptop.missing:
        series = [(f"{n} qubes", [(i, laptop.percent(n, i)) for i in range(5, 61)], True) for n in reversed(QUBES)]
        write("benchmark-interval.svg", plot.lines("What polling costs, by interval and number of qubes", "seconds between two polls",
                                                   "percent of one core", series, "Falling curves, one for each number of qubes",
                                                   marks=(0, *INTERVALS)))
    return written


# ---- all of it ----

def load(work):
    results = {}
    for name in SUBJECTS:
        path = os.path.join(work, name + ".json")
        if os.path.exists(path):
            with open(path) as text:
                results[name] = json.load(text)
    if not results:
        raise Failure(f"nothing was measured yet: there is no result in {work}")
    return results


def fill(text, values):
    for key, value in values.items():
        text = text.replace(f"@@{key}@@", value)
    left = re.search(r"@@[A-Z_]+@@", text)
    if left:
        raise Failure(f"nothing fills {left.group(0)} of benchmark.md.in")
    return text


def excerpt(results, name, caption, columns):
    """Some columns of the table of a subject whose caption begins so."""
    table = next((t for t in results.get(name, {}).get("tables", []) if t["caption"].startswith(caption)), None)
    if table is None:
        return "Not measured."
    kept = [0] + [i for i, c in enumerate(table["columns"]) if c in columns]
    return markdown([table["columns"][i] for i in kept], [[row[i] for i in kept] for row in table["rows"]]) + \
        f"\n\nMeasured on {results[name]['date']} at {results[name]['commit']}."


def details(results):
    """All of it, for who works on it."""
    parts = ["# All figures", "## Targets", markdown(TARGET_COLUMNS, target_rows(results)), misses(results)]
    return "\n\n".join(parts + [subject(results[name]) for name in SUBJECTS if name in results]) + "\n"


def machine_text(results):
    seen = {(d["cpu"], d["kernel"], d["system"]) for d in results.values()}
    dates = sorted({d["date"] for d in results.values()})
    where = "; ".join(f"{cpu}, {kernel}, {system}" for cpu, kernel, system in sorted(seen))
    return f"Measured on {' and '.join(dates)}: {where}."


def write(work, output, quick=False):
    results = load(work)
    laptop = Laptop(results)
    lacking = "Not computed: the subjects that it needs were not measured (" + ", ".join(laptop.missing) + ")."
    os.makedirs(output, exist_ok=True)
    written = plots(results, laptop, output)
    ratio = results.get("archive", {}).get("figures", {}).get("archive_ratio")
    with open(os.path.join(HERE, "benchmark.md.in")) as text:
        template = text.read()
    # A plot that was not made is not shown.
    template = re.sub(r"^!\[.*\]\((.*)\)\n", lambda m: m.group(0) if m.group(1) in written else "", template, flags=re.M)
    page = fill(template, {
        "QUICK": "**A quick run, with few repeats of less work: for trying only.**\n\n" if quick else "",
        "MACHINE": machine_text(results),
        "LAPTOP_CPU": lacking if laptop.missing else laptop.table(laptop.percent),
        "LAPTOP_MB": lacking if laptop.missing else laptop.table(laptop.megabytes),
        "LAPTOP_HOW": "" if laptop.missing else laptop.how() + "\n\n" + laptop.others(results),
        "ARCHIVE_RATIO": f"{100 * ratio:.0f} %" if ratio else "a part",
        "POLL_PARTS": "not measured" if laptop.missing else f"{number(laptop.own() / 1000)} ms a poll: the sandbox {number(laptop.start / 1000)}, the tools {number(laptop.client / 1000)}",
        "POLL_SHARE": "" if laptop.missing else f"{number(laptop.own() * 1e-5)} %",
        "SAMPLE": excerpt(results, "sample", "One sample", ("CPU, ms", "of mon-sample", "peak memory, MiB", "resident between samples, MiB")),
        "POLL": excerpt(results, "poll", "One poll, handlers included", ("CPU, ms", "wall, ms", "processes")),
        "SPLIT": excerpt(results, "split", "1,000,000 lines", ("CPU, ms", "of mon-split --no-sync", "peak memory, MiB")),
        "ARCHIVE": excerpt(results, "archive", "A day of", ("CPU, ms", "of mon-archive", "peak of the largest process, MiB", "bytes of the archive")),
        "VERSIONS": versions() + ".",
    })
    with open(os.path.join(work, "details.md"), "w") as out:
        out.write(details(results))
    path = os.path.join(output, "BENCHMARK.md")
    with open(path + ".tmp", "w") as out:
        out.write(re.sub(r"\n{3,}", "\n\n", page))
    os.rename(path + ".tmp", path)
    show(results)
    print(f"\nWritten: {', '.join([path] + written)}")


def show(results):
    """On the terminal."""
    for data in results.values():
        print(f"\n{data['title']} ({data['date']})")
        for table in data["tables"]:
            print(f"\n{table['caption']}\n" + plain(table["columns"], table["rows"]))
        for s in data["skipped"]:
            print(f"not run: {s['what']}: {s['why']}")
    print("\nTargets\n" + plain(TARGET_COLUMNS, target_rows(results)))
    print("\n" + misses(results))

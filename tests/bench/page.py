"""page.py - from the results to the terminal and to docs/BENCHMARK.md."""
import datetime
import json
import os
import platform
import re
import shutil
import subprocess
import time

from bench import COLUMNS, HERE, SRC, Failure, number

SUBJECTS = ("guest", "sample", "poll", "split", "archive", "cat", "report", "top", "rule", "export")
PACKAGES = "atop mawk miller prometheus-node-exporter sqlite3 sysstat systemd tar victoria-metrics".split()
QUBES, INTERVAL = 20, 10
POLLS, MINUTES = 86400 // INTERVAL, 1440

# Of a real Qubes OS: its agents, daemon and policy of 4.2 and 4.3, without Xen, and stand-ins for what qubesd looks up.
AGENT_MS = (7, 10)    # a call behind the socket, with the agent: in bursts, and at one call in 4 s
LOGIN_MS = (29, 33)   # an executable as root, with the agent, at one call in 10 s
DOM0_MS = 85 / 26     # of dom0, a qube and poll
DOM0_LINE = 470       # bytes in dom0's journal, a call
AGENT_LINES, LOGIN_LINES = 2, 6  # in the guest's journal, a call


# ---- where and when ----

def first_line(path, pattern):
    try:
        with open(path) as text:
            found = re.search(pattern, text.read(), re.M)
            return found.group(1).strip() if found else "unknown"
    except OSError:
        return "unknown"


def busy():
    """The share of the processors that others use just now."""
    def look():
        with open("/proc/stat") as text:
            values = [int(v) for v in text.readline().split()[1:9]]
        return sum(values), values[3] + values[4]

    before = look()
    time.sleep(0.5)
    after = look()
    return 1 - (after[1] - before[1]) / max(1, after[0] - before[0])


def surroundings():
    """What a subject ran on: kept with its results, for subjects can be measured one by one."""
    commit = subprocess.run(["git", "-C", SRC, "describe", "--always", "--dirty", "--exclude", "*"], capture_output=True, text=True).stdout.strip()
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "commit": commit or "unknown",
        "cpu": f"{os.cpu_count()} x {first_line('/proc/cpuinfo', r'^model name[^:]*:(.*)$')}",
        "kernel": f"Linux {platform.release().split('-')[0]}",
        "system": first_line("/etc/os-release", r'^PRETTY_NAME="(.*)"$'),
        "busy": busy(),
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
    cells = [[str(c).replace("`", "").replace("**", "").replace("\\", "") for c in row] for row in [columns] + rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    return "\n".join("  " + "  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() for row in cells)


TARGET_COLUMNS = ["what", "target", "seen", "met?"]


def target_rows(results):
    return [[t["what"], t["goal"], t["seen"], "met" if t["met"] else "missed" + (f": {t['why']}" if t["why"] else "")]
            for d in results.values() for t in d.get("targets", [])]


def side_by_side(results):
    """One table of all subjects, and below it what could not be measured."""
    rows, parts = [], []
    for name, data in results.items():
        if "failed" in data:
            parts.append(f"**{name}**: not measured: {data['failed']}.")
            continue
        if data["rows"]:
            rows += [[f"**{data['title']}**", "", "", ""], *data["rows"]]
        parts += [f"{s['what'][0].upper() + s['what'][1:]}: {s['why']}." for s in data["skipped"]]
    return "\n\n".join([markdown(COLUMNS, rows)] + parts)


def missed(results):
    """How many targets are met, and the others with the reason."""
    targets = [t for d in results.values() for t in d.get("targets", [])]
    items = [f"- {t['what']}: {t['seen']}, target {t['goal']}" + (f" ({t['why']})" if t["why"] else "") for t in targets if not t["met"]]
    text = f"{len(targets) - len(items)} of {len(targets)} targets are met; `tests/bench/run` prints them all. \"CPU, of mawk\" is a multiple of mawk's."
    return text + (" Missed:\n\n" + "\n".join(items) if items else "")


# ---- what it costs a laptop ----

class Laptop:
    """What 20 qubes, asked every ten seconds, cost a day; a figure that was not measured is None."""

    def __init__(self, results):
        self.figures = {name: value for d in results.values() for name, value in d.get("figures", {}).items()}
        self.guest = self.get("usual_us")
        self.login = self.get("login_us")
        unit, calls = self.get("unit_us"), self.get("calls_us")
        activation, states = self.get("activation_us"), self.get("states_us")
        self.poll = None if None in (unit, calls) else unit - calls
        self.minute = None if None in (activation, states) else activation + states
        self.collector = None if None in (self.poll, self.minute) else self.poll * POLLS + self.minute * MINUTES

    def get(self, name):
        return self.figures.get(name)

    def rows(self):
        return [self.row("each guest, a call behind the socket", self.guest and self.guest * POLLS, f"{ms(self.guest)} a call, measured here, without the agent of qrexec"),
                self.row("the same with the agent of qrexec", [v * 1000 * POLLS for v in AGENT_MS],
                         f"{AGENT_MS[0]} to {AGENT_MS[1]} ms a call: in bursts, and at one call in 4 s"),
                self.row("each guest, with `handler: exec`", self.login and self.login * POLLS,
                         f"{ms(self.login)} a call, measured here; {LOGIN_MS[0]} to {LOGIN_MS[1]} ms with the agent"),
                self.row(f"sys-monitor, all of {QUBES} qubes", self.collector,
                         f"measured here: {ms(self.poll)} a poll with systemd, sandbox and rules; {ms(self.minute)} a minute for the states"),
                self.row("sys-monitor, the night's archive", self.get("archive_us"), "measured here"),
                self.row(f"dom0, all of {QUBES} qubes", DOM0_MS * 1000 * QUBES * POLLS,
                         f"{number(DOM0_MS * QUBES)} ms a poll: daemon and policy of qrexec")]

    @staticmethod
    def row(what, us, how):
        if us is None:
            return [what, "not measured", "-", "-"]
        values = us if isinstance(us, list) else [us]
        return [what, " to ".join(number(v / 1e6) for v in values) + " s",
                " to ".join(f"{v / 864e6:.2f}" if v >= 5e6 else "less than 0.01" for v in values) + " %", how]

    def sums(self):
        """Of all together, at the least and at the most: microseconds a day."""
        fixed = self.collector + self.get("archive_us") + DOM0_MS * 1000 * QUBES * POLLS
        return [fixed + v * 1000 * POLLS * QUBES for v in AGENT_MS]

    def whole(self):
        """Are all figures of a laptop there?"""
        return None not in (self.collector, self.get("archive_us"), self.get("day_bytes"))

    def sum(self):
        """The same in percent of one core."""
        return " to ".join(f"{us / 864e6:.1f}" for us in self.sums()) + " %" if self.whole() else "an unknown part"

    def minutes(self):
        return " to ".join(f"{us / 6e7:.0f}" for us in self.sums()) if self.whole() else "an unknown number of"

    @staticmethod
    def dom0_mb():
        """Its journal: a line for each call, those for the list of qubes among them."""
        return f"{((QUBES + 1) * POLLS + MINUTES) * DOM0_LINE / 1e6:.0f}"

    def megabytes(self):
        return "-" if self.get("day_bytes") is None else f"{self.get('day_bytes') / 1e6:.0f}"

    def packed(self):
        return "-" if self.get("day_bytes") is None else f"{self.get('day_bytes') * self.get('archive_share') / 1e6:.0f}"


def ms(us):
    return "not measured" if us is None else f"{number(us / 1000)} ms"


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
    left = re.search(r"@@[A-Z_0-9]+@@", text)
    if left:
        raise Failure(f"nothing fills {left.group(0)} of benchmark.md.in")
    return text


def machine_text(results):
    """When, where, and at which commit; which subjects are of another run or of a busy machine."""
    def by(*keys):
        groups = {}
        for name, d in results.items():
            groups.setdefault(tuple(d[k] for k in keys), []).append(name)
        return groups

    text = "; ".join(f"{', '.join(where)}" for where in by("cpu", "kernel", "system"))
    when = by("date", "commit")
    parts = [f"{date} at {commit}" + (f" ({', '.join(names)})" if len(when) > 1 else "") for (date, commit), names in when.items()]
    out = f"Measured on {'; '.join(parts)}: {text}; in {sum(d['seconds'] for d in results.values()) // 60 + 1} minutes."
    loaded = [name for name, d in results.items() if d["busy"] > 0.1]
    if loaded:
        out += f"\n\n**The machine was busy with other work while these were measured, so their figures are provisional: {', '.join(loaded)}.**"
    missing = [name for name in SUBJECTS if name not in results]
    return out + (f"\n\n**Not measured yet: {', '.join(missing)}.**" if missing else "")


def write(work, output, quick):
    results = load(work)
    laptop = Laptop(results)
    os.makedirs(output, exist_ok=True)
    with open(os.path.join(HERE, "benchmark.md.in")) as text:
        template = text.read()
    lines = laptop.get("usual_lines")
    page = fill(template, {
        "QUICK": "**A quick run, with few repeats of less work: for trying only.**\n\n" if quick else "",
        "MACHINE": machine_text(results),
        "LAPTOP": markdown(["20 qubes, every 10 s", "CPU a day", "of one core", "how it is known"], laptop.rows()),
        "SUM": laptop.sum(),
        "SUM_MINUTES": laptop.minutes(),
        "MEGABYTES": laptop.megabytes(),
        "PACKED": laptop.packed(),
        "DOM0_MB": laptop.dom0_mb(),
        "AGENT_LINES": f"{AGENT_LINES * POLLS:,}",
        "LOGIN_LINES": f"{LOGIN_LINES * POLLS:,}",
        "OUR_LINES": "not measured" if lines is None else f"{lines - AGENT_LINES}",
        "UNIT_LINES": "not measured" if laptop.get("unit_lines") is None else f"{laptop.get('unit_lines') * POLLS:,.0f}",
        "TARGETS": missed(results),
        "SUBJECTS": side_by_side(results),
        "VERSIONS": versions() + ".",
    })
    path = os.path.join(output, "BENCHMARK.md")
    replace(path, re.sub(r"\n{3,}", "\n\n", page))
    written = [path]
    if os.path.realpath(output) == os.path.join(os.path.realpath(SRC), "docs"):
        written += readme(laptop)
    show(results)
    print(f"\nWritten: {', '.join(written)}")


def replace(path, text):
    with open(path + ".tmp", "w") as out:
        out.write(text)
    os.rename(path + ".tmp", path)


BEGIN, END = "<!-- tests/bench/run writes from here -->\n", "<!-- to here -->\n"


def readme(laptop):
    """The same figures, where README.md says what it costs; nothing if one of them was not measured."""
    path = os.path.join(SRC, "README.md")
    with open(path) as text:
        before, _, rest = text.read().partition(BEGIN)
        _, end, after = rest.partition(END)
    if not end or not laptop.whole():
        print("\nREADME.md stays as it is: not all of its figures were measured")
        return []
    agent = " to ".join(f"{v * QUBES / (INTERVAL * 10):.1f}" for v in AGENT_MS)
    rows = [["each guest", f"{AGENT_MS[0]} to {AGENT_MS[1]} ms a call ({LOGIN_MS[0]} to {LOGIN_MS[1]} ms if the sampler is no socket service)",
             f"{agent} % of a core"],
            ["dom0", f"{DOM0_MS * QUBES:.0f} ms a poll", f"{DOM0_MS * QUBES / (INTERVAL * 10):.1f} %"],
            ["sys-monitor: systemd, sandbox, the tools", f"{laptop.poll / 1000:.0f} ms a poll", f"{laptop.collector / 864e6:.1f} %"]]
    text = (f"About {laptop.sum()} of one core for {QUBES} qubes asked every {INTERVAL} seconds. This is a sum of parts; nobody has\n"
            "measured the whole on a Qubes machine yet:\n\n"
            + markdown(["where", "CPU", f"at {QUBES} qubes, {INTERVAL} s"], rows)
            + f"\n\nWhat Xen adds is not known. A qube makes about {laptop.get('day_bytes') / QUBES / 1e6:.0f} MB of CSV a day, which the night packs to "
              f"{100 * laptop.get('archive_share'):.0f} %. dom0 writes\na journal line for each call: {laptop.dom0_mb()} MB a day.\n")
    replace(path, before + BEGIN + text + END + after)
    return [path]


def show(results):
    """On the terminal."""
    for name, data in results.items():
        if "failed" in data:
            print(f"\n{name}: not measured: {data['failed']}")
            continue
        print(f"\n{data['title']} ({data['date']}, {data['seconds']} s)\n" + plain(COLUMNS, data["rows"]))
        for s in data["skipped"]:
            print(f"  {s['what']}: {s['why']}")
    print("\nTargets\n" + plain(TARGET_COLUMNS, target_rows(results)))

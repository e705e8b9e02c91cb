"""sizes.py - how large the programs are, on the disk and in memory."""
import json
import os
import shutil
import subprocess

from bench import TOOLS, Command, Result, mib, number, ratio

LIMIT_KIB = 300
RESIDENT_MIB = 4
# Where the other subjects measured a tool's peak memory, doing its work: (subject, figure, doing what).
PEAKS = {
    "mon-sample": ("sample", "sample_rss_kb", "with libsystemd loaded, for new entries in the journal"),
    "mon-vmstate": ("poll", "vmstate_rss_kb", "a list of 30 qubes; the stand-in for qrexec counts"),
    "mon-scrape": ("poll", "scrape_rss_kb", "30 qubes; the stand-in for qrexec counts"),
    "mon-split": ("split", "split_rss_kb", "1,000,000 lines, an import"),
    "mon-archive": ("archive", "archive_rss_kb", "a day of 50 MB"),
    "mon-prune": ("archive", "prune_rss_kb", "with nothing to delete"),
}


def run(bench):
    result = Result("Size")
    strip, folder = shutil.which("strip"), bench.folder()
    if strip is None:
        result.skip("sizes when stripped", "strip is not installed (tests/setup bench)")
        return result
    starts = bench.measure([Command(tool, [bench.tool(tool), "--help"]) for tool in TOOLS] + [Command("/bin/true", ["/bin/true"])],
                           bench.rounds(41))
    rows, total = [], 0
    for tool in TOOLS:
        out = os.path.join(folder, tool)
        subprocess.run([strip, "-o", out, bench.tool(tool)], check=True)
        size = os.stat(out).st_size
        total += size
        kb, doing = peak(bench, tool)
        start = starts[tool]
        rows.append([f"`{tool}`", f"{size / 1024:.1f}", number(start.cpu_ms()), number(ratio(start.cpu, starts["/bin/true"].cpu)),
                     mib(start.rss_kb()), mib(kb), doing])
        if kb is None:
            result.skip(f"peak memory of {tool}", f"it comes from the subject {PEAKS[tool][0]}, which was not measured yet")
        else:
            result.target(f"resident memory of {tool}", f"under {RESIDENT_MIB} MiB", f"{mib(kb)} MiB", kb < RESIDENT_MIB * 1024, WHY.get(tool, ""))
    rows.append(["all six", f"{total / 1024:.1f}", "-", "-", "-", "-", ""])
    true = starts["/bin/true"]
    rows.append(["`/bin/true`", "-", number(true.cpu_ms()), "1.00", mib(true.rss_kb()), "-", ""])
    result.table("The programs, stripped; what it costs to start them (`--help`); and their peak memory at work",
                 ["", "KiB on the disk", "start: CPU, ms", "of `/bin/true`", "start: memory, MiB", "at work: peak memory, MiB", "doing what"], rows)
    result.target("the six programs, stripped", f"under {LIMIT_KIB} KiB", f"{total / 1024:.0f} KiB", total < LIMIT_KIB * 1024,
                  "each brings its own copy of the common library; tables of relocations and the padding between pages of code and data "
                  "are a sixth of it")
    return result


WHY = {
    "mon-split": "a buffer of 320 KiB (MON_ROWS_BUF) for each file, which an import of a million lines fills and a poll does not (see “300 lines”)",
    "mon-sample": "libsystemd and the libraries that it is linked with; without a change of the journal they are not loaded",
    "mon-archive": "libarchive and the libraries that it is linked with take as much before any work is done (see “start: memory”); the rest "
                   "is a member of 1 MiB being packed",
}


def peak(bench, tool):
    subject, figure, doing = PEAKS[tool]
    path = os.path.join(bench.work, subject + ".json")
    if not os.path.exists(path):
        return None, doing
    with open(path) as text:
        return json.load(text)["figures"].get(figure), doing

"""guest.py - one whole call in a guest: behind the socket, and as an executable through a login shell."""
import statistics

from bench import Result, number, ratio, share

WAYS = {
    "usual": "`mon-sample` behind its socket",
    "true": "`true` behind the socket: systemd's part",
    "login": "`mon-sample` as an executable, through PAM and a login shell",
    "sadc": "`sadc` of sysstat, started as by its timer",
}


def run(bench):
    result = Result("A guest: one whole call")
    text = bench.script(result, "a whole call in a booted systemd", "guest.sh", bench.build, bench.rounds(5))
    if text is None:
        return result
    seen, lines = {}, {}
    for line in text.splitlines():
        name, value = line.split("\t")
        if name.startswith("lines "):
            lines[name[6:]] = int(value)
        else:
            seen.setdefault(name, []).append(int(value))
    if "login" in seen:  # to get inside is no part of it
        seen["login"] = [a - b for a, b in zip(seen["login"], seen["enter"])]
    else:
        result.skip(WAYS["login"], "libpam-systemd or dbus is not installed (tests/setup bench)")
    if "sadc" not in seen:
        result.skip(WAYS["sadc"], "not installed (tests/setup test)")
    for way, text in WAYS.items():
        if way in seen:
            result.row(f"{text}; {lines[way]} lines in the journal", number(statistics.median(seen[way]) / 1000), number(ratio(seen[way], seen["usual"])), "-")
            result.figure(way + "_us", statistics.median(seen[way]))
            result.figure(way + "_lines", lines[way])
    if "login" in seen:
        of = ratio(seen["usual"], seen["login"])
        result.target("a call behind the socket: CPU of the guest, of the login shell", "at most 1/3", share(of), of <= 1 / 3,
                      f"systemd's part of a call, with `true` behind the socket, is {share(ratio(seen['true'], seen['login']))} of it already")
    return result

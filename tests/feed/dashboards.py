"""dashboards.py - the dashboards of docs/feed: each query of each panel, in VictoriaMetrics and in SQLite.

SQLite gets the rows of the CSV files, and computes in its own words what the panel shows.
"""
import glob
import json
import math
import os
import re
import sqlite3
import urllib.parse

import record

MINUTE = 60

# What Grafana fills in; the variables are those of a reader who looks at one machine.
FILL = {"$machine": "laptop", "$__rate_interval": "1m", "$__interval": "1m"}


def now(kind, value, by, where="1"):
    """The newest value within a minute and a half."""
    return (f"SELECT {by}, {value} FROM {kind} x WHERE t = (SELECT max(t) FROM {kind} WHERE t <= :t) AND t > :t - 90 AND {where} "
            f"GROUP BY {by}")


def grown(kind, column, by, names, window, scale, where="1", each="max(t) - min(pt)"):
    """How much a counter grew in the window, by second; after a restart it grew by its new value."""
    return (f"SELECT {by}, sum(r) * {scale} FROM (SELECT {by}, sum(CASE WHEN v >= p THEN v - p ELSE v END) * 1.0 / ({each}) r FROM ("
            f"SELECT *, {column} v, lag({column}) OVER w p, t, lag(t) OVER w pt FROM {kind} WHERE {where} WINDOW w AS (PARTITION BY {names} ORDER BY t)) "
            f"WHERE t > :t - {window} AND t <= :t AND p IS NOT NULL GROUP BY {names}) GROUP BY {by}")


def counted(kind, by, where="1"):
    return f"SELECT {by}, count(*) FROM {kind} WHERE t > :t - 60 AND t <= :t AND {where} GROUP BY {by}"


OF_VM = "vm = :vm"
ORACLE = {
    "machine": {
        "Processors at work": [now("cpu", "busy_cpus", "vm")],
        "Memory in use": [now("system", "sum(mem_used_kb) * 1024", "vm")],
        "Received": [grown("network", "rx_bytes", "vm", "vm, if_", MINUTE, 1, "if_ != 'lo'")],
        "Sent": [grown("network", "tx_bytes", "vm", "vm, if_", MINUTE, 1, "if_ != 'lo'")],
        "Fullest disk": [now("disk", "max(pct_used)", "vm", "mount != '/usr/lib/modules'")],
        "Tasks waiting for memory": [grown("pressure", "mem_some_us", "vm", "vm", MINUTE, "1e-6")],
        "Alerts": [counted("alerts", "vm")],
        "Polls without an answer": [counted("scrape", "vm", "result != 'ok'")],
        "Running qubes": ["SELECT count(DISTINCT vm) FROM qubes WHERE state = 'Running' AND t > :t - 120 AND t <= :t"],
    },
    "qube": {
        "Processor": [now("system", "cpu_user", "'user'", OF_VM), now("system", "cpu_system", "'system'", OF_VM),
                      now("cpu", "iowait", "'iowait'", OF_VM), now("cpu", "steal", "'steal'", OF_VM)],
        "Memory": [now("system", "mem_used_kb * 1024", "'used'", OF_VM), now("system", "mem_total_kb * 1024", "'total'", OF_VM),
                   now("system", "swap_used_kb * 1024", "'swap'", OF_VM)],
        "Load": [now("system", "load1", "'1'", OF_VM), now("system", "load15", "'15'", OF_VM)],
        "Received": [grown("network", "rx_bytes", "if_", "vm, if_", MINUTE, 1, OF_VM)],
        "Sent": [grown("network", "tx_bytes", "if_", "vm, if_", MINUTE, 1, OF_VM)],
        "Disks: read and written": [grown("io", "read_bytes", "dev", "vm, dev", 300, 1, OF_VM, "300"),
                                    grown("io", "write_bytes", "dev", "vm, dev", 300, 1, OF_VM, "300")],
        "Disks: how full": [now("disk", "pct_used", "mount", OF_VM)],
        "Tasks waiting": [grown("pressure", f"{x}_some_us", "'x'", "vm", MINUTE, "1e-6", OF_VM) for x in ("cpu", "mem", "io")],
        "Sockets": [now("connections", "tcp_established", "'tcp'", OF_VM), now("connections", "udp_sockets", "'udp'", OF_VM)],
        "Own figures": [now("custom", "value", "name", OF_VM)],
        "Alerts": [counted("alerts", "'x'", OF_VM)],
        "How long an answer took": ["SELECT 'x', max(ms) FROM scrape WHERE vm = :vm AND t > :t - 60 AND t <= :t"],
        "State": ["SELECT state, 1 FROM qubes WHERE vm = :vm AND t > :t - 120 AND t <= :t GROUP BY state"],
        "Processor, as Xen sees it": [grown("xen", "cpu_ms", "'x'", "vm", 300, "1e-3", OF_VM)],
    },
}


def database(r):
    """The rows of the CSV files as tables of SQLite, with types."""
    db = sqlite3.connect(":memory:")
    for kind in r.kinds:
        cols = [("if_" if c == "if" else c, "NUMERIC" if s in record.VALUES else "TEXT") for c, s in kind.columns]
        db.execute(f"CREATE TABLE {kind.stem} (t INTEGER, vm TEXT, {', '.join(map(' '.join, cols))})")
        db.execute(f"CREATE INDEX i_{kind.stem} ON {kind.stem} (t)")
        order = [c for c, _ in kind.columns]
        for row in (x for x in r.rows if x.kind is kind):
            by = dict(zip(record.columns(kind, "name"), row.names))
            by.update(zip(record.columns(kind, "text", "word"), row.texts))
            by.update(zip(record.columns(kind, *record.VALUES), map(float, row.values)))
            db.execute(f"INSERT INTO {kind.stem} VALUES ({', '.join('?' * (2 + len(order)))})", [row.t, row.vm, *(by[c] for c in order)])
    return db


def panels(dashboard):
    return [p for p in dashboard["panels"] if p["type"] != "row"]


def check_whole(name, d):
    """What a reader of schema version 37 relies on."""
    from feed import Failed
    for key, kind in {"title": str, "uid": str, "schemaVersion": int, "panels": list, "templating": dict, "time": dict, "timezone": str,
                      "tags": list, "editable": bool, "annotations": dict, "version": int, "refresh": (str, bool)}.items():
        if not isinstance(d.get(key), kind):
            raise Failed(f"{name}: '{key}' is {d.get(key)!r}")
    if d["schemaVersion"] != 37 or d.get("id") is not None or len(d["uid"]) > 40:
        raise Failed(f"{name}: schemaVersion, id or uid")
    variables = {v["name"]: v for v in d["templating"]["list"]}
    if list(variables) != ["datasource", "machine", "vm"] or variables["datasource"]["query"] != "prometheus":
        raise Failed(f"{name}: variables: {list(variables)}")
    taken, ids = set(), set()
    for p in panels(d):
        at = p["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        if cells & taken or at["x"] + at["w"] > 24 or p["id"] in ids or not p["title"] or p["datasource"] != {"type": "prometheus", "uid": "${datasource}"}:
            raise Failed(f"{name}: panel {p['id']} {p['title']}")
        taken |= cells
        ids.add(p["id"])
        refs = [t["refId"] for t in p["targets"]]
        if not refs or len(set(refs)) != len(refs):
            raise Failed(f"{name}: panel {p['title']}: refIds {refs}")


def ask(url, query, t):
    from feed import Failed, get
    left = re.search(r"\$\w+", query)
    if left:
        raise Failed(f"a variable that nobody fills: {left[0]}")
    status, body = get(f"{url}/api/v1/query?" + urllib.parse.urlencode({"query": query, "time": t, "nocache": 1}))
    if status != 200:
        raise Failed(f"{query}: {body[:300]}")
    return json.loads(body)["data"]["result"]


def same(want, got):
    """Zero and absent are the same: a panel shows neither."""
    keys = set(want) | set(got)
    return all(math.isclose(want.get(k, 0), got.get(k, 0), rel_tol=1e-9, abs_tol=1e-9) for k in keys)


def check_panel(url, db, name, panel, vm, t):
    """The number of values that are not zero."""
    from feed import Failed
    oracles = ORACLE[name].get(panel["title"])
    if oracles is None or len(oracles) != len(panel["targets"]):
        raise Failed(f"{name}: nobody says what '{panel['title']}' should show")
    values = 0
    for target, oracle in zip(panel["targets"], oracles):
        query = target["expr"]
        for variable, value in {**FILL, "$vm": vm}.items():
            query = query.replace(variable, value)
        got = {}
        for series in ask(url, query, t):
            key = "/".join(v for _, v in sorted(series["metric"].items()))
            got[key] = got.get(key, 0) + float(series["value"][1])
        rows = db.execute(oracle, {"t": t, "vm": vm} if ":vm" in oracle else {"t": t}).fetchall()
        # What is one series has no label; a literal stands for it in the question.
        want = {("" if len(row) == 1 or len(rows) == 1 and "" in got else row[0]): row[-1] for row in rows}
        if name == "machine":
            want.pop(record.EVIL, None)
        if not same(want, got):
            raise Failed(f"{name}, '{panel['title']}' {target['refId']} at {t}:\n{query}\nin the files: {want}\nshown: {got}")
        values += sum(1 for v in got.values() if v)
    return values


def test_dashboards(r):
    from feed import Failed, flush, load_twice, victoria_metrics
    db = database(r)
    honest = sorted({x.vm for x in r.rows} - {record.EVIL})
    found = {os.path.basename(p)[len("dashboard-"):-len(".json")]: p
             for p in glob.glob(os.path.join(record.SOURCE, "docs", "feed", "dashboard-*.json"))}
    if sorted(found) != sorted(ORACLE):
        raise Failed(f"dashboards: {sorted(found)}")
    with victoria_metrics() as (url, change):
        load_twice("victoriametrics", change)
        flush(url)
        for name, path in found.items():
            with open(path, encoding="utf-8") as f:
                dashboard = json.load(f)
            check_whole(name, dashboard)
            for panel in panels(dashboard):
                values = 0
                for poll in (40, record.POLLS // 2 + 2, record.POLLS - 1):
                    t = record.generate.START + 10 * poll
                    for vm in ["|".join(honest)] if name == "machine" else honest:
                        values += check_panel(url, db, name, panel, vm, t)
                if name == "qube" and panel["title"] == "Own figures":  # only the hostile qube has some
                    values += check_panel(url, db, name, panel, record.EVIL, record.generate.START + 950)
                if values == 0 and "memory" not in panel["title"]:  # nobody waits for memory in this day
                    raise Failed(f"{name}: '{panel['title']}' shows nothing, so nothing was compared")
                print(f"ok   {name}: {panel['title']}: {values} values")


TESTS = {"dashboards": test_dashboards}

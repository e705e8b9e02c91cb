#!/usr/bin/env python3
"""feed.py - the recipes of docs/FEED.md against the real programs: rows in are rows out, every value as filed.

  feed.py PROGRAM     one of TESTS below; 77: the program is missing

Everything happens in a folder of its own and on 127.0.0.1.  What has loaded a day once loads it again, and
nothing may change.  The values to compare with are read from the CSV files by record.py.
"""
import contextlib
import glob
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from decimal import Decimal

sys.dont_write_bytecode = True
import record  # noqa: E402

sys.path.insert(0, os.path.join(record.SOURCE, "tests", "strict"))
FEED = os.path.join(record.SOURCE, "docs", "FEED.md")
ARCHIVE = f"monitor-{record.DAY}.tgz"
START_S = 60  # a server that needs longer is broken, or the machine is


class Failed(Exception):
    """What is wrong, for a person."""


class Missing(Exception):
    """A program that this test needs."""


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            raise Missing(f"{program} is not installed (tests/setup long)")


def recipe(name):
    """The block of docs/FEED.md that stands under this name."""
    with open(FEED, encoding="utf-8") as f:
        found = re.search(rf"<!-- recipe: {re.escape(name)} -->\n```\w+\n(.*?)```", f.read(), re.S)
    if found is None:
        raise Failed(f"docs/FEED.md has no recipe '{name}'")
    return found[1]


def shell(script, **env):
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, env=dict(os.environ, **env))
    if done.returncode != 0 or done.stderr:
        raise Failed(f"exit {done.returncode} of:\n{script}\n{done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout.decode()


def load_twice(name, change=lambda s: s, **env):
    for _ in range(2):
        shell(change(recipe(name)), **env)


def compare(what, want, got):
    """Are both the same rows?  WANT and GOT are iterables of tuples."""
    want, got = Counter(want), Counter(got)
    if want != got:
        raise Failed(f"{what}: {sum(want.values())} rows wanted, {sum(got.values())} came\n"
                     f"missing: {list((want - got).items())[:5]}\nunwanted: {list((got - want).items())[:5]}")
    print(f"ok   {what}: {sum(want.values())}")


def get(url, data=None):
    try:
        with urllib.request.urlopen(url, data=data, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def server(command, ready):
    """Run COMMAND until the block ends; READY is the address that answers when it is."""
    with open("server.log", "wb") as log:
        process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], stdout=log, stderr=log)
    try:
        until = time.monotonic() + START_S
        while True:
            with contextlib.suppress(OSError):
                if get(ready)[0] < 300:
                    break
            if process.poll() is not None or time.monotonic() > until:
                with open("server.log", "rb") as log:
                    raise Failed(f"{command[0]} does not start: {log.read()[-1500:].decode(errors='replace')}")
            time.sleep(0.1)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


# ---- samples: what a database of numbers holds, the same for VictoriaMetrics, InfluxDB and Prometheus ----

def labels(row, texts):
    """The labels of a row; TEXTS: those of its alert, too."""
    got = {"vm": row.vm, "machine": "laptop"}
    got.update(zip(record.columns(row.kind, "name"), row.names))
    got.update(zip(record.columns(row.kind, "word"), row.texts))
    if texts:
        got.update(zip(record.columns(row.kind, "text"), row.texts))
    if row.n > 1:
        got["n"] = str(row.n)
    return tuple(sorted(got.items()))


def samples(rows, texts):
    """(metric, labels, time, value) of each value of each row."""
    for row in rows:
        names = record.columns(row.kind, *record.VALUES) or ["value"]
        for name, value in zip(names, row.values or ["1"]):
            yield f"{row.kind.stem}_{name}", labels(row, texts), row.t, float(value)


# ---- one program each ----

def test_mon_cat(r):
    """The way there and back: what stands at the top of the page."""
    shell(recipe("unpack"))
    shell(recipe("archive"))
    for stem in (k.stem for k in r.kinds):
        with open(f"COPY/{record.DAY}/{stem}.csv", "rb") as a, open(f"{record.DAY}/{stem}.csv", "rb") as b:
            if a.read() != b.read():
                raise Failed(f"{stem}.csv is another one after mon-split")
    print("ok   the same bytes")


def json_rows(r, lines):
    """The same tuples as want(), of JSON lines."""
    kinds = {k.name: k for k in r.kinds}
    for line in lines:
        o = json.loads(line, parse_float=Decimal, parse_int=Decimal)
        kind = kinds[o.pop("kind")]
        yield kind.name, record.seconds(o.pop("ts")), o.pop("vm"), tuple(sorted(o.items()))


def exact(rows):
    for row in rows:
        o = dict(zip(record.columns(row.kind, "name"), row.names))
        o.update(zip(record.columns(row.kind, "text", "word"), row.texts))
        o.update(zip(record.columns(row.kind, *record.VALUES), map(Decimal, row.values)))
        yield row.kind.name, row.t, row.vm, tuple(sorted(o.items()))


def test_json(r):
    """jsonl, by the reader of Python: every digit."""
    compare("jsonl: rows", exact(r.rows), json_rows(r, shell(f"mon-cat {ARCHIVE} | mon-export jsonl").splitlines()))


def test_jq(r):
    need("jq")
    # Each object comes back, and all rows do; jq 1.6 holds doubles, so only the texts are compared.
    got = shell(f"mon-cat {ARCHIVE} | mon-export jsonl | jq -c '[.kind, .ts, .vm]'").splitlines()
    compare("jq: rows", ((x.kind.name, x.t, x.vm) for x in r.rows), ((k, record.seconds(t), v) for k, t, v in map(json.loads, got)))
    # @tsv doubles a backslash.
    compare("jq: the alerts of the page", ((x.t, x.vm, x.texts[0].replace("\\", "\\\\")) for x in r.rows if x.kind.name == "alert"),
            ((record.seconds(t), v, m) for t, v, m in (s.split("\t") for s in shell(recipe("jq")).splitlines())))


def sql_wanted(rows):
    for row in rows:
        yield tuple(exact([row]))[0] + (row.n,)


def sql_rows(r, ask):
    """All rows of all tables, by ASK(statement), which gives rows of texts."""
    for kind in r.kinds:
        cols = [c for c, _ in kind.columns]
        shapes = dict(kind.columns)
        fields = ", ".join(f'"{c}"' for c in cols)
        for ts, vm, machine, n, *fields in ask(f'SELECT "ts", "vm", "machine", "n", {fields} FROM "{kind.stem}"'):
            if machine != "laptop":
                raise Failed(f"{kind.stem}: machine is {machine}")
            got = {c: Decimal(f) if shapes[c] in record.VALUES else f for c, f in zip(cols, fields)}
            yield kind.name, record.seconds(ts), vm, tuple(sorted(got.items())), int(n)


def test_sqlite(r):
    need("sqlite3")
    load_twice("sqlite")

    def ask(statement):
        done = shell('sqlite3 -separator $\'\\x1f\' -newline $\'\\x1e\' qubes.db "$S"', S=statement)
        return (row.split("\x1f") for row in done.split("\x1e")[:-1])

    def as_double(rows):  # a decimal is a double there; bigint stays exact
        for kind, t, vm, fields, n in rows:
            yield kind, t, vm, tuple((c, v if not isinstance(v, Decimal) or v == int(v) and abs(v) < 2 ** 63 else float(v)) for c, v in fields), n
    compare("sqlite: rows, loaded twice", as_double(sql_wanted(r.rows)), as_double(sql_rows(r, ask)))
    most = Counter()
    for row in r.rows:
        if row.kind.name == "sys":
            most[row.vm] = max(most[row.vm], int(row.values[7]))
    compare("sqlite: the question of the page", ((v, str(m)) for v, m in most.items()), (tuple(s.split("|")) for s in shell(recipe("sqlite-ask")).splitlines()))
    # The trap: a CSV that is imported without types is a table of texts.
    of = f"FROM disk WHERE vm != '{record.EVIL}'"
    trap = shell(f'sqlite3 trap.db ".import --csv Monitor/{record.DAY}/disk.csv disk" "SELECT max(used_kb) {of}"').strip()
    right = shell(f'sqlite3 qubes.db "SELECT max(used_kb) {of}"').strip()
    honest = [int(x.values[1]) for x in r.rows if x.kind.name == "disk" and x.vm != record.EVIL]
    if right != str(max(honest)) or trap != max(map(str, honest)) or trap == right:
        raise Failed(f"without types {trap}, by the recipe {right}, right is {max(honest)}")
    print(f"ok   the trap: {trap} without types, where {right} is right")


    check_counter(r)


def check_counter(r):
    """The question of the page about a counter, and that the naive one goes wrong."""
    last, grown, least = {}, Counter(), 0
    for row in sorted((x for x in r.rows if x.kind.name == "net"), key=lambda x: x.t):
        series, value = (row.vm, row.names[0], row.n), int(row.values[0])
        if series in last:
            grown[series[:2]] += value - last[series] if value >= last[series] else value
            least = min(least, value - last[series])
        last[series] = value
    compare("sqlite: what came in", ((*k, str(v)) for k, v in grown.items() if k[0] != record.EVIL),
            (tuple(s.split("|")) for s in shell(recipe("sqlite-counter")).splitlines() if not s.startswith(record.EVIL)))
    if least >= 0:
        raise Failed("no counter went back, so nothing was tried")
    print(f"ok   the trap: a naive difference of {least} bytes")


def test_postgresql(r):
    import postgres
    why = postgres.why_not()
    if why:
        raise Missing(why)
    at = postgres.Server()
    load_twice("postgresql", PGHOST=at.at, PGUSER="mon", PGDATABASE="postgres", PGOPTIONS="-c client_min_messages=warning")

    def ask(statement):
        done = at.ask(f"COPY (SELECT to_jsonb(x) FROM ({statement}) x) TO STDOUT;".replace('SELECT "ts"', """SELECT to_char("ts" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "ts" """))
        if done.returncode != 0:
            raise Failed(done.stderr.decode())
        names = re.findall(r'"(\w+)"', statement.split(" FROM ")[0])
        for line in done.stdout.decode().splitlines():
            o = json.loads(line.replace("\\\\", "\\"), parse_float=str, parse_int=str)
            yield [o[n] for n in names]
    compare("postgresql: rows, loaded twice", sql_wanted(r.rows), sql_rows(r, ask))
    at.stop()


@contextlib.contextmanager
def victoria_metrics():
    need("victoria-metrics", "curl", "setpriv")
    port = free_port()
    shutil.rmtree("metrics", ignore_errors=True)
    with server([*shlex.split(recipe("victoriametrics-start").replace(":8428", f":{port}")), "-memory.allowedBytes=256MB"], f"http://127.0.0.1:{port}/health"):
        yield f"http://127.0.0.1:{port}", lambda script: script.replace("127.0.0.1:8428", f"127.0.0.1:{port}")


def fifteen(value):
    """VictoriaMetrics keeps a number as digits and an exponent: 15 of them for sure."""
    return float(f"{value:.14e}")


def vm_samples(url, match='{__name__!=""}'):
    status, body = get(f"{url}/api/v1/export", urllib.parse.urlencode({"match[]": match, "start": 0}).encode())
    if status != 200:
        raise Failed(f"export: {status} {body[:300]}")
    for line in body.decode().splitlines():
        o = json.loads(line)
        name = o["metric"].pop("__name__")
        for t, v in zip(o["timestamps"], o["values"]):
            yield name, tuple(sorted(o["metric"].items())), t / 1000, v


def flush(url):
    """Make what was loaded visible, now."""
    get(f"{url}/internal/force_flush")
    get(f"{url}/internal/resetRollupResultCache")


def test_victoria_metrics(r):
    with victoria_metrics() as (url, change):
        load_twice("victoriametrics", change)
        flush(url)
        want = {(m, ls, t): v for m, ls, t, v in samples(r.rows, False)}
        # alerts_msg is what it makes a number of, of a text; the page says so.
        rows = [(m, ls, t, v) for m, ls, t, v in vm_samples(url) if m != "alerts_msg"]
        compare("victoria-metrics: samples, loaded twice", ((*k, fifteen(v)) for k, v in want.items()), ((*k, fifteen(v)) for *k, v in rows))
        got = {(m, ls, t): v for m, ls, t, v in rows}
        small = [k for k, v in want.items() if abs(v) < 10 ** 15]
        if any(want[k] != got[k] for k in small):
            raise Failed("a number below 10^15 is not the same double")
        print(f"ok   {len(small)} of them to the last bit")
        # The trap: the CSV import of a file with a percent sign.
        with open(f"Monitor/{record.DAY}/disk.csv", "rb") as f:
            body = f.read()
        status, _ = get(f"{url}/api/v1/import/csv?format=1:time:rfc3339,2:label:vm,4:label:mount,8:metric:trap", body)
        flush(url)
        if status != 204 or any(vm_samples(url, "trap")):
            raise Failed(f"the trap is none: answer {status}")
        print("ok   the trap: answer 204, and no row")


def test_live(r):
    """mon-cat --follow into a server: what is filed meanwhile arrives, and soon."""
    with victoria_metrics() as (url, change):
        os.makedirs("live")
        follow = subprocess.Popen(["bash", "-c", change(recipe("live"))], env=dict(os.environ, MON_DIR="live"), start_new_session=True)
        try:
            now, until = record.generate.stamp(int(time.time())), time.monotonic() + 60
            got, lines = [], 0
            while not got and time.monotonic() < until:  # it may not have begun to follow
                lines += 1
                subprocess.run(["mon-split", "--dir", "live", "--pass"], input=f"{now} work conn: {lines},2\n{now} work alert: {lines}\n".encode(), check=True, stdout=subprocess.DEVNULL)
                time.sleep(3)
                flush(url)
                got = list(vm_samples(url, "alerts_value"))
            if not got or follow.poll() is not None:
                raise Failed("nothing arrived")
            print(f"ok   filed and arrived, at the {lines}. row")
        finally:
            os.killpg(follow.pid, signal.SIGTERM)
            follow.wait()


INFLUXD = """reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
dir = "{at}/meta"
[data]
dir = "{at}/data"
wal-dir = "{at}/wal"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
"""


def test_influxdb(r):
    need("influxd", "curl", "setpriv")
    port = free_port()
    with open("influxdb.conf", "w", encoding="ascii") as f:
        f.write(INFLUXD.format(at=os.path.abspath("influx"), port=port, rpc=free_port()))
    url = f"http://127.0.0.1:{port}"
    with server(["influxd", "-config", "influxdb.conf"], f"{url}/ping"):
        load_twice("influxdb", lambda script: script.replace("127.0.0.1:8086", f"127.0.0.1:{port}"))

        def rows():
            for kind in r.kinds:
                status, body = get(f"{url}/query?" + urllib.parse.urlencode({"db": "qubes", "epoch": "s", "q": f'SELECT * FROM "{kind.stem}"'}))
                series = json.loads(body, parse_int=Decimal, parse_float=Decimal)["results"][0].get("series", [])
                if status != 200 or len(series) != 1:
                    raise Failed(f"{kind.stem}: {body[:300]}")
                for values in series[0]["values"]:
                    o = dict(zip(series[0]["columns"], values))
                    if o.pop("machine") != "laptop" or not record.columns(kind, *record.VALUES) and o.pop("value") != 1:
                        raise Failed(f"{kind.stem}: {values}")
                    yield kind.name, int(o.pop("time")), o.pop("vm"), int(o.pop("n", None) or 1), o, kind

        def as_stored(kind, o):  # integers exactly, decimals as doubles
            return tuple(sorted((c, float(v) if dict(kind.columns)[c] in ("decimal", "signed decimal") else v) for c, v in o.items()))
        wanted = ((k, t, v, row.n, as_stored(row.kind, dict(o))) for row in r.rows for k, t, v, o in exact([row]))
        compare("influxdb: rows, loaded twice", wanted, ((k, t, v, n, as_stored(kind, o)) for k, t, v, n, o, kind in rows()))


def test_prometheus(r):
    need("promtool")
    os.environ["TMPDIR"] = os.getcwd()
    load_twice("prometheus", lambda s: s.replace("openmetrics day", "openmetrics -q day"))
    os.mkdir("data/wal")  # promtool wants to see one, as a server leaves it
    got = []
    for line in shell("promtool tsdb dump data").splitlines():
        found = re.fullmatch(r"\{(.*)\} (\S+) (\d+)", line)
        ls = {k: json.loads(f'"{v}"') for k, v in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found[1])}
        got.append((ls.pop("__name__"), tuple(sorted(ls.items())), int(found[3]) / 1000, float(found[2])))
    compare("prometheus: samples, loaded twice", samples(r.rows, True), got)


def test_openmetrics(r):
    try:
        from prometheus_client.openmetrics import parser
    except ImportError as e:
        raise Missing("python3-prometheus-client is not installed (tests/setup test)") from e
    text = shell(f"mon-cat {ARCHIVE} | mon-export om --tag machine=laptop")
    got = [(s.name, tuple(sorted(s.labels.items())), float(s.timestamp), float(s.value))
           for family in parser.text_string_to_metric_families(text) for s in family.samples]
    compare("openmetrics, the strict parser: samples", samples(r.rows, True), got)


def test_pandas(r):
    try:
        import pandas
    except ImportError as e:
        raise Missing("python3-pandas is not installed (tests/setup long)") from e
    shell(recipe("unpack"))
    got = {}
    exec(compile(recipe("pandas"), FEED, "exec"), got)  # it is our own page
    for name, kind in (("net", "net"), ("disk", "disk"), ("alerts", "alert")):
        frame, rows = got[name], [x for x in r.rows if x.kind.name == kind]
        cols = [c for c, _ in rows[0].kind.columns]
        compare(f"pandas: {name}", ((t, vm, o) for _, t, vm, o in exact(rows)),
                ((int(row[0].timestamp()), row[1], tuple(sorted((c, v if isinstance(v, str) else Decimal(int(v))) for c, v in zip(cols, row[2:]))))
                 for row in frame.itertuples(index=False, name=None)))
    naive = pandas.read_csv(f"{record.DAY}/alerts.csv")
    if not naive["msg"].isna().any():
        raise Failed("the trap is none: pandas kept NULL without keep_default_na=False")
    print("ok   the trap: a message NULL is lost without keep_default_na=False")


def test_duckdb(r):
    """FEED_DUCKDB: a folder where "npm install @duckdb/node-api" was run; Debian has no package."""
    module = os.path.join(os.environ.get("FEED_DUCKDB", "/nowhere"), "node_modules", "@duckdb", "node-api")
    need("node")
    if not os.path.isdir(module):
        raise Missing("no DuckDB: npm install @duckdb/node-api in a folder, and name it in FEED_DUCKDB")
    shell(recipe("unpack"))
    script, got = os.path.join(record.HERE, "duckdb.cjs"), []
    for kind in r.kinds:
        cols = ", ".join(f'"{c}"::VARCHAR' for c, _ in kind.columns)
        done = subprocess.run(["node", script, module, recipe("duckdb").replace("network", kind.stem),
                               f"SELECT epoch(ts)::BIGINT, vm, {cols} FROM '{kind.stem}.parquet'"], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(done.stderr)
        for t, vm, *fields in list(map(json.loads, done.stdout.splitlines()))[1:]:  # the first: how many it wrote
            o = {c: Decimal(f.rstrip("%")) if s in record.VALUES else f for (c, s), f in zip(kind.columns, fields)}
            got.append((kind.name, int(t), vm, tuple(sorted(o.items()))))

    def as_double(rows):  # decimals are doubles there
        for kind, t, vm, o in rows:
            yield kind, t, vm, tuple((c, v if not isinstance(v, Decimal) or v == int(v) else float(v)) for c, v in o)
    compare("duckdb: rows, by way of Parquet", as_double(exact(r.rows)), as_double(got))


def test_gnuplot(r):
    need("gnuplot")
    shell(recipe("unpack"))
    shell(recipe("gnuplot"))
    with open("work.svg", encoding="utf-8") as f:
        svg = f.read()
    if "work: CPU %" not in svg or len(re.findall(r"L?\d+\.\d+,\d+\.\d+", svg)) < record.POLLS // 2:
        raise Failed(f"no curve: {svg[-500:]}")
    print("ok   a curve")


TESTS = {name[5:].replace("_", "-"): f for name, f in list(globals().items()) if name.startswith("test_")}


def main():
    import dashboards  # more of them
    import configs
    TESTS.update(dashboards.TESTS, **configs.TESTS)
    if len(sys.argv) != 2 or sys.argv[1] not in TESTS:
        print(f"usage: feed.py {'|'.join(TESTS)}", file=sys.stderr)
        return 2
    for name in [v for v in os.environ if v.startswith("MON_") and v != "MON_SETTINGS" or v.lower().endswith("_proxy")]:
        del os.environ[name]
    os.environ.update(TZ="UTC", LC_ALL="C.UTF-8")
    at = tempfile.mkdtemp(prefix="mon-feed.")
    try:
        os.chdir(at)
        TESTS[sys.argv[1]](record.Record(at))
        return 0
    except Missing as e:
        print(f"skip: {e}")
        return 77
    except Failed as e:
        print(f"FAIL {sys.argv[1]}: {e}")
        return 1
    finally:
        os.chdir("/")
        shutil.rmtree(at, ignore_errors=True)


if __name__ == "__main__":
    sys.modules["feed"] = sys.modules["__main__"]
    sys.exit(main())

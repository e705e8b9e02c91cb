#!/usr/bin/env python3
"""strict.py [--fast] FOLDER... - does every strict CSV reader open every file below FOLDER?

The columns and their shapes come from `mon-split --schema` (PATH), never from the files.
  --fast   awk and python's csv alone
Without it also Miller, csvclean, sqlite3 (STRICT typed tables) and datamash; one that is missing
is an error: a reader that was not asked has not agreed.  And PostgreSQL, where it is installed.
Exit status: 0 all readers agree; 1 one does not: it is told which, on what, and why.
Example: PATH=$PWD/build/dev:$PATH tests/strict/strict.py ~/Monitor
"""
import csv
import datetime
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from postgres import postgres, why_not  # noqa: E402

TYPES = {"integer": "INTEGER", "decimal": "REAL", "signed decimal": "REAL"}
SHAPES = {
    "stamp": rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "qube": rb"[A-Za-z][A-Za-z0-9_.-]{0,30}",
    "integer": rb"0|[1-9]\d{0,18}",
    "decimal": rb"(0|[1-9]\d{0,18})(\.\d{1,9})?",
    "signed decimal": rb"-?(0|[1-9]\d{0,18})(\.\d{1,9})?",
    "percent": rb"(0|[1-9]\d{0,18})%",
    "word": rb"[A-Za-z][A-Za-z-]{0,30}",
    "name": rb"[!-~]+",
    "text": rb"[^\x00-\x1f\x7f,\"]*",
}


def is_value(shape, field):
    """What has the shape of one: is it a day of the calendar, or a number that a typed reader can hold?"""
    if shape == "integer":
        return int(field) < 2**63
    if shape == "stamp":
        try:
            datetime.date(int(field[:4]), int(field[5:7]), int(field[8:10]))
        except ValueError:
            return False
        return field[11:13] < b"24" and field[14:16] < b"60" and field[17:19] < b"60"
    return True


def load_schema():
    """The files as {name: [(column, shape), ...]}."""
    text = subprocess.run(["mon-split", "--schema"], check=True, capture_output=True).stdout.decode()
    schema, columns = {}, []
    lead = columns  # what stands before the first file is in each
    for line in text.splitlines():
        if line.startswith("## "):
            columns = schema.setdefault(line[3:], list(lead))
        row = re.match(r"\| (\S+) \| (\w[\w ]*) \|", line)
        if row and row.group(1) not in ("column",):
            columns.append(row.groups())
    return schema


class Strict:
    """Checks files, each content once: after a crash most files are as they were before."""

    def __init__(self):
        self.schema = load_schema()
        self.row = {}
        self.good = {name: set() for name in self.schema}  # rows: a file has most of those of the one before
        for name, columns in self.schema.items():
            self.row[name] = re.compile(b",".join(b"(?:%s)" % SHAPES[s] for _, s in columns))
        self.seen = {}      # (name, digest) that python took
        self.distinct = {}  # the same -> bytes, for the other readers

    def header(self, name):
        return ",".join(c for c, _ in self.schema[name]).encode() + b"\n"

    def check_bytes(self, path, name, data):
        """Every promise about the bytes; returns the complaint, or None."""
        if name not in self.schema:
            return f"{path}: no file of ours"
        key = (name, hashlib.sha256(data).digest())
        if key in self.seen:
            return self.seen[key]
        self.distinct[key] = data
        self.seen[key] = self._look(path, name, data)
        return self.seen[key]

    def _look(self, path, name, data):
        header = self.header(name)
        if not data.startswith(header):
            return f"{path}: does not begin with its header: {data[:80]!r}"
        if not data.endswith(b"\n"):
            return f"{path}: torn: ends with {data[-60:]!r}"
        rows = data[len(header):].split(b"\n")[:-1]
        for number, row in enumerate(rows, 2):
            if row in self.good[name]:
                continue
            if not self.row[name].fullmatch(row):
                return f"{path}:{number}: no row of this file: {row[:200]!r}"
            for (column, shape), field in zip(self.schema[name], row.split(b",")):
                if not is_value(shape, field):
                    return f"{path}:{number}: no {column}: {row[:200]!r}"
            self.good[name].add(row)
        try:
            text = data.decode("utf-8")
            for row in csv.reader(text.splitlines(True), strict=True):
                if len(row) != len(self.schema[name]):
                    return f"{path}: python's csv sees {len(row)} columns in {row}"
        except (csv.Error, UnicodeDecodeError) as e:
            return f"{path}: python: {e}"
        return None

    def check_folder(self, base):
        """All CSV files below ${base}, by python.  Returns the complaints."""
        bad = []
        for where, _, names in os.walk(base):
            for name in names:
                path = os.path.join(where, name)
                if not name.endswith(".csv") or name == "archives.csv":
                    continue
                with open(path, "rb") as f:
                    complaint = self.check_bytes(path, name, f.read())
                if complaint:
                    bad.append(complaint)
        return bad

    def ask_readers(self, fast=True):
        """The other readers, on every content seen so far.  Returns (complaints, files read)."""
        readers = [awk] if fast else READERS
        if not fast:
            tell_missing()
        if not fast and not why_not():
            readers = readers + [postgres]
        bad = []
        with tempfile.TemporaryDirectory() as d:
            by_name = {}
            for i, ((name, _), data) in enumerate(self.distinct.items()):
                path = os.path.join(d, f"{i}-{name}")
                with open(path, "wb") as f:
                    f.write(data)
                by_name.setdefault(name, []).append(path)
            for name, paths in by_name.items():
                for reader in readers:
                    complaint = reader(paths, self.schema[name], d)
                    if complaint:
                        bad.append(f"{name}: {reader.__name__}: {complaint}")
        n = len(self.distinct)
        self.distinct = {}
        return bad, n


def tell(argv, **more):
    """Run a reader: its complaint, or None.  What it prints on stderr is one, too."""
    if shutil.which(argv[0]) is None:
        return f"{argv[0]} is not installed (tests/setup test)"
    done = subprocess.run(argv, capture_output=True, **more)
    if done.returncode != 0 or done.stderr:
        return f"exit {done.returncode}: {(done.stderr or done.stdout)[-400:].decode(errors='replace')}"
    return None


def awk(paths, columns, _):
    for i in range(0, len(paths), 500):
        bad = tell(["awk", "-F,", "-v", f"n={len(columns)}",
                    'NF != n { print FILENAME ":" FNR ": " NF " columns" > "/dev/stderr"; exit 1 }', *paths[i:i + 500]])
        if bad:
            return bad
    return None


def miller(paths, columns, _):
    for path in paths:
        bad = tell(["mlr", "--icsv", "--ojson", "cat", "then", "nothing", path])
        if bad:
            return f"{path}: {bad}"
    return None


def csvclean(paths, columns, _):
    # It takes one second to start: all rows of the distinct files behind one header.
    glued = paths[0] + ".all"
    with open(glued, "wb") as out:
        for i, path in enumerate(paths):
            with open(path, "rb") as f:
                out.write(f.read() if i == 0 else f.read().split(b"\n", 1)[1])
    done = subprocess.run(["csvclean", "-n", glued], capture_output=True)
    if b"unrecognized arguments: -n" in done.stderr:  # csvkit 2, of Debian 13, prints what it takes
        done = subprocess.run(["csvclean", "-a", glued], capture_output=True)
        good = not done.stderr
    else:
        good = b"No errors." in done.stdout
    return None if good and done.returncode == 0 else (done.stdout + done.stderr)[-400:].decode()


def sqlite(paths, columns, d):
    table = ", ".join(f'"{c}" {TYPES.get(s, "TEXT")} NOT NULL' for c, s in columns)
    script = [f"CREATE TABLE t ({table}) STRICT;", "BEGIN;"]
    script += [f".import --csv --skip 1 {path} t" for path in paths]
    want = 0
    for path in paths:
        with open(path, "rb") as f:
            want += f.read().count(b"\n") - 1
    script += ["COMMIT;", f"SELECT CASE count(*) WHEN {want} THEN 'all' ELSE 'only ' || count(*) || ' of {want} rows' END FROM t;"]
    done = subprocess.run(["sqlite3", ":memory:"], input="\n".join(script).encode() + b"\n", capture_output=True)
    return None if done.returncode == 0 and not done.stderr and done.stdout == b"all\n" else (done.stderr + done.stdout)[:400].decode()


def datamash(paths, columns, _):
    for path in paths:
        with open(path, "rb") as f:
            bad = tell(["datamash", "-t,", "check", str(len(columns)), "col"], stdin=f)
        if bad:
            return f"{path}: {bad}"
    return None


PROGRAMS = {miller: "mlr", csvclean: "csvclean", sqlite: "sqlite3", datamash: "datamash"}
READERS = [awk] + [r for r, program in PROGRAMS.items() if shutil.which(program)]


def tell_missing():
    """Say which readers are not here: they are left out."""
    for program in [p for r, p in PROGRAMS.items() if r not in READERS]:
        print(f"skip: needs {program}: tests/setup test installs it")
    if why_not():
        print(f"skip: {why_not()}")


def main():
    fast = "--fast" in sys.argv[1:]
    folders = [a for a in sys.argv[1:] if a != "--fast"]
    if not folders or any(a.startswith("-") for a in folders):
        print(__doc__, file=sys.stderr)
        return 2
    strict = Strict()
    bad = [c for folder in folders for c in strict.check_folder(folder)]
    more, n = strict.ask_readers(fast)
    for complaint in bad + more:
        print(complaint, file=sys.stderr)
    if n == 0:
        print("strict.py: there is no CSV file", file=sys.stderr)
        return 1
    print(f"{n} different files, {'awk and python' if fast else 'all readers'}: {len(bad + more)} complaints")
    return 1 if bad or more else 0


if __name__ == "__main__":
    sys.exit(main())

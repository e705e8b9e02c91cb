#!/usr/bin/env python3
"""strict_test.py - does each reader of strict.py refuse what it should, and take what is right?"""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
import strict  # noqa: E402

NAME = "connections.csv"
ROW = b"2025-08-31T10:00:00Z,a,1,2\n"
READERS = [strict.awk, strict.miller, strict.csvclean, strict.sqlite, strict.datamash]
CASES = [  # what, the rows, who must refuse them; python must refuse all but the good ones
    ("good", ROW + ROW, []),
    ("glued", ROW[:-1] + ROW, READERS),
    ("torn", ROW + ROW[:12], READERS),
    ("text for a number", ROW.replace(b"1,2", b"x,2"), [strict.sqlite]),
    ("an open quote", ROW.replace(b"a,", b'"a,'), [strict.miller, strict.csvclean, strict.sqlite]),
    ("a NUL", ROW.replace(b"a,", b"a\0,"), []),
]


def main():
    checker, failed = strict.Strict(), 0
    with tempfile.TemporaryDirectory() as d:
        for number, (what, rows, refuse) in enumerate(CASES):
            data = checker.header(NAME) + rows
            path = os.path.join(d, f"{number}-{NAME}")
            with open(path, "wb") as f:
                f.write(data)
            if bool(checker.check_bytes(path, NAME, data)) != (what != "good"):
                failed += 1
                print(f"FAIL {what}: python")
            for reader in READERS:
                complaint = reader([path], checker.schema[NAME], d)
                wrong = reader in refuse and not complaint or what == "good" and complaint
                failed += bool(wrong)
                print(f"{'FAIL' if wrong else 'ok  '} {what}: {reader.__name__}: {complaint or 'takes it'}"[:120])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

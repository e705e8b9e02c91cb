#!/usr/bin/env python3
"""strict_test.py - does each reader of strict.py refuse what it should, and take what is right?"""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
import strict  # noqa: E402

NAME = "connections.csv"
ROW = b"2025-08-31T10:00:00Z,a,1,2\n"
READERS = strict.READERS + [strict.postgres]
CASES = [  # what, the rows, who must refuse them; python must refuse all but the good ones
    ("good", ROW + ROW, []),
    ("glued", ROW[:-1] + ROW, READERS),
    ("torn", ROW + ROW[:12], READERS),
    ("text for a number", ROW.replace(b"1,2", b"x,2"), [strict.sqlite, strict.postgres]),
    ("a number that is too large", ROW.replace(b"1,2", b"1,9223372036854775808"), [strict.sqlite, strict.postgres]),
    ("no number", ROW.replace(b"1,2", b",2"), [strict.sqlite, strict.postgres]),
    ("a day that is none", ROW.replace(b"08-31", b"02-30"), [strict.postgres]),
    ("an open quote", ROW.replace(b"a,", b'"a,'), [strict.miller, strict.csvclean, strict.sqlite, strict.postgres]),
    ("a NUL", ROW.replace(b"a,", b"a\0,"), [strict.postgres]),
    ("no UTF-8", ROW.replace(b"a,", b"a\xff,"), [strict.postgres]),
]


def main():
    checker, failed = strict.Strict(), 0
    readers = [r for r in READERS if r is not strict.postgres or not strict.why_not()]
    strict.tell_missing()
    with tempfile.TemporaryDirectory() as d:
        for number, (what, rows, refuse) in enumerate(CASES):
            data = checker.header(NAME) + rows
            path = os.path.join(d, f"{number}-{NAME}")
            with open(path, "wb") as f:
                f.write(data)
            if bool(checker.check_bytes(path, NAME, data)) != (what != "good"):
                failed += 1
                print(f"FAIL {what}: python")
            for reader in readers:
                complaint = reader([path], checker.schema[NAME], d)
                wrong = reader in refuse and not complaint or what == "good" and complaint
                failed += bool(wrong)
                print(f"{'FAIL' if wrong else 'ok  '} {what}: {reader.__name__}: {complaint or 'takes it'}"[:120])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""record.py - what was filed and promised, and is it there, once, under the day on the wall?

The day of a row is asked from python's zoneinfo, never from the tools.
"""
import collections
import datetime
import hashlib
import os
import re
import sys
import tarfile
import zoneinfo

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "strict"))
from strict import Strict  # noqa: E402

DAY = re.compile(r"\d{4}-\d\d-\d\d")
EPOCH = datetime.datetime(1970, 1, 1)
FILES = {"sys": "system.csv", "net": "network.csv", "conn": "connections.csv", "disk": "disk.csv", "alert": "alerts.csv",
         "state": "qubes.csv", "scrape": "scrape.csv", "custom": "custom.csv"}


def seconds(stamp):
    return int((datetime.datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ") - EPOCH).total_seconds())


def stamp(t):
    return (EPOCH + datetime.timedelta(seconds=t)).strftime("%Y-%m-%dT%H:%M:%SZ")


def wall_date(t, zone):
    """The date on the wall at ${t}; None outside the years 1970 to 9999."""
    try:
        utc = (EPOCH + datetime.timedelta(seconds=t)).replace(tzinfo=datetime.timezone.utc)
        day = utc.astimezone(zoneinfo.ZoneInfo(zone)).date()
    except OverflowError:
        return None
    return day if day.year >= 1970 else None


class Record:
    """One Monitor folder and its vault, and the rows that mon-split has promised."""

    def __init__(self, base, vault):
        self.base, self.vault, self.strict = base, vault, Strict()
        self.want = collections.defaultdict(collections.Counter)  # (day, file) -> rows that must be there
        self.may = collections.defaultdict(collections.Counter)   # rows that were refused: there once, or not
        self.archives = {}  # name -> {file: bytes} of each archive in the vault
        self.proved = {}    # day -> what was looked at when all of it was found right
        self.deleted = 0    # days that are whole in the vault and no longer here
        self.rows = 0

    def expect(self, lines, zone, promised=True):
        """mon-split had these lines, under this zone; ${promised}: it ended with 0."""
        for line in lines.splitlines():
            ts, vm, kind, fields = line.split(" ", 3)
            key = (str(wall_date(seconds(ts), zone)), FILES[kind[:-1]])
            (self.want if promised else self.may)[key][f"{ts},{vm},{fields}".encode()] += 1
            self.rows += promised

    def days(self):
        return sorted(n for n in os.listdir(self.base) if DAY.fullmatch(n)) if os.path.isdir(self.base) else []

    def _folder(self, day, bad):
        found, where = {}, os.path.join(self.base, day)
        for name in sorted(os.listdir(where)):
            with open(os.path.join(where, name), "rb") as f:
                found[name] = f.read()
            complaint = self.strict.check_bytes(f"{day}/{name}", name, found[name])
            if complaint:
                bad.append(complaint)
        return found

    def _unpack(self, name, bad):
        found, day = {}, name[len("monitor-"):len("monitor-") + 10]
        with tarfile.open(os.path.join(self.vault, name), "r:gz") as tar:
            for member in tar:
                if not member.isfile():
                    continue
                where, _, file = member.name.partition("/")
                found[file] = tar.extractfile(member).read()
                complaint = self.strict.check_bytes(f"{name}: {member.name}", file, found[file])
                if complaint or where != day:
                    bad.append(complaint or f"{name} holds {member.name}")
        self.archives[name] = found

    def _look_in_vault(self, bad):
        """Every archive has its row in the ledger, every row its archive."""
        ledger, rows = {}, os.path.join(self.base, "archives.csv")
        if os.path.exists(rows):
            with open(rows) as f:
                lines = f.read().split("\n")
            if lines[0] != "ts,day,archive,bytes,csv_bytes,sha256,vault" or lines[-1] != "":
                bad.append(f"the ledger begins or ends ill: {lines[0]!r}, {lines[-1]!r}")
            for line in lines[1:-1]:
                ledger[line.split(",")[2]] = line.split(",")
        there = set(os.listdir(self.vault)) if os.path.isdir(self.vault) else set()
        if there != set(ledger):
            bad.append(f"in the vault or in the ledger, but not in both: {sorted(there ^ set(ledger))}")
        for name in there - set(self.archives):
            self._unpack(name, bad)
            with open(os.path.join(self.vault, name), "rb") as f:
                data = f.read()
            have = [len(data), sum(map(len, self.archives[name].values())), hashlib.sha256(data).hexdigest()]
            if name in ledger and ledger[name][3:6] != list(map(str, have)):
                bad.append(f"{name} is not what the ledger says")

    def _generations(self, day, here):
        """
        The folders that the day had one after the other: each as it was last, here or in the vault.
        An archive of a folder that went on is a beginning of the next; only mon-prune ends a folder.
        """
        def number(name):
            middle = name[len("monitor-2025-08-31"):-len(".tgz")]
            return int(middle[1:] or 0) if middle else 0

        def goes_on(a, b):
            return all(b.get(file, b"").startswith(data) for file, data in a.items())
        chain = [self.archives[n] for n in sorted((n for n in self.archives if n[8:18] == day), key=number)]
        chain += [here] if here is not None else []
        return [a for i, a in enumerate(chain) if i + 1 == len(chain) or not goes_on(a, chain[i + 1])]

    def _verify_day(self, day, here):
        """The complaints about the rows of one day, of which ${here} is the folder, or None."""
        bad, found = [], collections.defaultdict(collections.Counter)
        for files in self._generations(day, here):
            for file, data in files.items():
                found[(day, file)].update(data.split(b"\n")[1:-1])
        for key in [(day, file) for file in FILES.values()]:
            lost = self.want[key] - found[key]
            extra = found[key] - self.want[key] - self.may[key]
            if lost:
                bad.append(f"{key}: lost {sum(lost.values())} rows, as {next(iter(lost))}")
            if extra:
                bad.append(f"{key}: {sum(extra.values())} rows that are not of this day, or are there twice, as {next(iter(extra))}")
        return bad

    def verify(self):
        """Every promised row once, under its day; nothing else; nothing left over.  The complaints."""
        bad = []
        names = os.listdir(self.base) if os.path.isdir(self.base) else []
        left = [n for n in names if not DAY.fullmatch(n) and n != "archives.csv"]
        if left:
            bad.append(f"left: {left}")
        self._look_in_vault(bad)
        here = {day: self._folder(day, bad) for day in self.days()}
        in_vault = {n[8:18] for n in self.archives}
        self.deleted = len(in_vault - set(here))
        for day in set(here) | in_vault | {key[0] for key in self.want}:
            # What was proved once is proved, until a row, an archive or the folder changes.
            state = (sum(sum(self.want[(day, file)].values()) for file in FILES.values()),
                     sorted(n for n in self.archives if n[8:18] == day), here.get(day))
            if self.proved.get(day) != state:
                complaints = self._verify_day(day, here.get(day))
                bad += complaints
                self.proved[day] = None if complaints else state
        return bad

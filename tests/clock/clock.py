#!/usr/bin/env python3
"""clock.py WHAT [--all] - programs at once, and clocks that step: each row once, under the day on the wall.

  together N  N (50) rounds in which polls, late rows, mon-archive and mon-prune run at once on one
              folder, around midnight and over many days; in half of them every call that touches the
              disk takes its time, by chance (crash/fault.c, in the file $MON_FAULT)
  steps       suspend, a clock that jumps ahead and back, dead and far clocks, travels, a backup that runs
              twice, leap seconds, a qube that is left alone
  zones       each change of the clock in some zones and years (--all: in all zones, 1970 to 2040)

After each step: every row that a mon-split which ended with 0 was given lies in its day's folder, or in an
archive in the vault that the ledger knows, once; no other row does; every file opens; nothing is left over;
no day was deleted that is today, yesterday or not older than --keep.  The tools come from PATH.
--all: every strict reader is asked, and PostgreSQL, where it is installed.
MON_SEED: the dice of "together" (it prints them).
Exit status: 0 all promises held.
"""
import datetime
import fcntl
import glob
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zoneinfo

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from preload import link_fault  # noqa: E402
from record import EPOCH, Record, seconds, stamp, wall_date  # noqa: E402

HOUR, DAY_S = 3600, 86400
VAULT = "safe"
PATIENT = ("--timeout", "20", "--deadline", "30")  # a machine under load is not what is tested
IN_TIME = 60  # seconds for anything that runs: the longest wait in the tools is 5
NOON = seconds("2025-08-31T12:00:00Z")
# What may be said while others are at work; anything else is an error.
D = r"\d{4}-\d\d-\d\d"
CHANGED = (rf"(mon-archive: {D} is not vouched for in this run|mon-prune: {D} left)"
           ": its (files have another size than when it was archived|folder is not the one that was archived(; mon-archive archives it anew)?)")
BUSY = r"|mon-archive: cannot lock \S+: another mon-archive is at work there"
NO_DAY = rf"|mon-archive: there is no folder for {D}|mon-archive: {D} is not over.*|Try 'mon-archive --help'."
UNSAFE = rf"|mon-prune: {D} left: the ledger has no archive of it"
failures = []
everything = False


def check(what, held, why=""):
    print(("ok   " if held else "FAIL ") + what + ("" if held else f"\n     {why}"), flush=True)
    if not held:
        failures.append(what)
        if len(failures) >= 8:
            sys.exit("too many failures")


class World:
    """A Monitor folder, a simulated machine with its vault, and what must be in them."""

    def __init__(self, work, name, zone="UTC"):
        self.at, self.zone, self.bad = os.path.join(work, name), zone, []
        self.machine, self.run = os.path.join(self.at, "machine"), os.path.join(self.at, "run")
        os.makedirs(os.path.join(self.machine, "qubes"))
        os.makedirs(self.run)
        self.base = os.path.join(self.at, "M")
        self.record = Record(self.base, os.path.join(self.machine, "vault", VAULT, "QubesIncoming", "sys-monitor"))
        self.qube(VAULT, "state=Halted")
        for name in ("personal", "work"):
            self.qube(name, r"print=sys: 3.1,1.7,95.0,0.37,0.28,0.22,16310256,421234,15234567,0,0,1,0\nconn: 12,4\n")

    def qube(self, name, *lines):
        with open(os.path.join(self.machine, "qubes", name), "w") as f:
            f.write("\n".join(lines) + "\n")

    def env(self, zone=None, **more):
        return dict(os.environ, TZ=zone or self.zone, FAKE_QUBES=self.machine, MON_DIR=self.base, BACKUP_VAULT=VAULT,
                    XDG_RUNTIME_DIR=self.run, **more)

    def call(self, *argv, lines="", zone=None):
        return subprocess.run(argv, input=lines, capture_output=True, text=True, env=self.env(zone), timeout=IN_TIME)

    def file(self, lines, zone=None, want=0):
        """By mon-split."""
        done = self.call("mon-split", lines=lines, zone=zone)
        self.record.expect(lines, zone or self.zone, done.returncode == 0)
        if done.returncode != want:
            self.bad.append(f"mon-split: exit {done.returncode}: {done.stderr}")
        return done

    def scrape(self, t, *argv, zone=None):
        """The lines of mon-scrape, filed."""
        done = self.call("mon-scrape", "--now", stamp(t), "--self", "sys-monitor", *argv, zone=zone,
                         lines=self.call("mon-vmstate", "--now", stamp(t), zone=zone).stdout)
        self.file(done.stdout, zone)
        return done.stdout

    def poll(self, t, zone=None):
        lines = self.scrape(t, *PATIENT, "-", zone=zone)
        if lines.count(" scrape: ok,") != 2:
            self.bad.append(f"poll at {stamp(t)}: {lines}")

    def backup(self, t, keep=14, zone=None, codes=(0, 0)):
        """mon-archive | mon-prune; what may be deleted is asked from the calendar on the wall."""
        before = self.record.days()
        archive = self.call("mon-archive", "--now", stamp(t), zone=zone)
        prune = self.call("mon-prune", "--now", stamp(t), "--keep", str(keep), lines=archive.stdout, zone=zone)
        if (archive.returncode, prune.returncode) != codes:
            self.bad.append(f"backup at {stamp(t)}: exit {archive.returncode}, {prune.returncode}: {archive.stderr}{prune.stderr}")
        gone = sorted(set(before) - set(self.record.days()))
        if prune.stdout.split() != gone:
            self.bad.append(f"mon-prune names {prune.stdout.split()}, and {gone} are gone")
        self.bad += too_young(gone, t, keep, zone or self.zone)
        return archive.stdout.split(), gone

    def settle(self, what, held=True, why=""):
        """Nothing was said that is wrong, and everything is where it belongs."""
        bad = self.bad + self.record.verify()
        check(what, held and not bad, "\n     ".join(str(b)[:600] for b in bad[:5]) or why)
        self.bad = []


def too_young(gone, t, keep, zone):
    today = wall_date(t, zone)
    return [f"{day} was deleted on {today}, --keep {keep}" for day in gone
            if (today - datetime.date.fromisoformat(day)).days <= max(keep, 1)]


def rows(*times, what="x"):
    return "".join(f"{stamp(t)} work alert: {what} {i}\n" for i, t in enumerate(times))


def midnight(t, zone):
    """The first second of the next day on the wall."""
    day, low, high = wall_date(t, zone), t, t + 2 * DAY_S
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wall_date(middle, zone) == day else (low, middle)
    return high


# ---- together

class Round:
    """Programs that run at once.  Each is a script of bash; what it filed is in its file."""

    def __init__(self, world, slow):
        self.world, self.jobs = world, []
        preload = {"LD_PRELOAD": os.environ["MON_FAULT"], "FAULT_TOOL": "mon-*", "FAULT_KIND": "slow", "FAULT_AT": str(slow)}
        self.env = world.env(**preload) if slow else world.env()

    def add(self, name, script, stdin=None, codes=((0,),), fine="(?!)", files=False):
        """${fine}: what it may say.  ${files}: by mon-split, as the last of the pipe."""
        self.jobs.append({"name": name, "script": script, "stdin": stdin, "codes": codes, "fine": fine, "files": files})

    def start(self, job, number):
        job["lines"] = os.path.join(self.world.at, f"lines.{number}")
        script = job["script"].replace("LINES", job["lines"]) + '; printf "%s " "${PIPESTATUS[@]}" >' + job["lines"] + ".codes"
        stdin = subprocess.DEVNULL
        if job["stdin"] is not None:
            with open(job["lines"], "w") as f:
                f.write(job["stdin"])
            stdin = open(job["lines"])
        job["out"], job["err"] = open(job["lines"] + ".out", "w+"), open(job["lines"] + ".err", "w+")
        job["process"] = subprocess.Popen(["bash", "-c", script], stdin=stdin, stdout=job["out"], stderr=job["err"], env=self.env)
        if job["stdin"] is not None:
            stdin.close()

    def end(self, job, counts):
        """Returns what it printed."""
        world = self.world
        try:
            job["process"].wait(IN_TIME)
        except subprocess.TimeoutExpired:
            world.bad.append(f"{job['name']} does not end")
            job["process"].kill()
        with open(job["lines"] + ".codes") as f:
            codes = tuple(int(c) for c in f.read().split())
        said = []
        for stream in ("out", "err"):
            job[stream].seek(0)
            said.append(job[stream].read())
            job[stream].close()
        for line in said[1].splitlines():
            if not re.fullmatch(job["fine"], line):
                world.bad.append(f"{job['name']} says: {line}")
            what = re.sub(rf"{D}|/\S+", "...", line)
            counts[what] = counts.get(what, 0) + 1
        if codes not in job["codes"]:
            world.bad.append(f"{job['name']}: exit codes {codes}: {said[1]}")
        if job["files"]:
            with open(job["lines"]) as f:
                world.record.expect(f.read(), world.zone, codes[-1] == 0)
        return said[0]


def fill(round, dice, t, number):
    """Choose who runs, at ${t}.  Returns the longest --keep of those that delete, or None if none does."""
    world = round.world
    today = wall_date(t, world.zone)
    scrape = f"mon-scrape --self sys-monitor {' '.join(PATIENT)} --now "
    now = stamp(t)

    def late(count, *days):
        """Rows of other days; no two are the same.  Each change of the day is a sync: many rows come in their order."""
        stamps = [stamp(max(0, t - dice.choice(days) * DAY_S - dice.randrange(900))) for _ in range(count)]
        stamps = sorted(stamps) if count > 100 else stamps
        return "".join(f"{s} work {kind} {number} late {i} {round.world.record.rows}\n" if kind == "alert:" else
                       f"{s} work conn: {number},{i}\n" for i, s in enumerate(stamps) for kind in ("alert:", "conn:"))
    keep = dice.randrange(4)
    again = today - datetime.timedelta(days=dice.choice((1, 1, 2, 4)))
    named = "".join(d + "\n" for d in world.record.days())
    jobs = [
        ("timer poll", f"mon-vmstate --now {now} | {scrape}{now} --exclude games - | tee LINES | mon-split", None, [(0, 0, 0, 0)], "(?!)", True),
        ("forced poll", f"{scrape}{stamp(t + 1)} work games | tee LINES | mon-split", None, [(0, 0, 0)], "(?!)", True),
        ("qubes", f"mon-vmstate --now {now} | tee LINES | mon-split", None, [(0, 0, 0)], "(?!)", True),
        ("backup", f"mon-archive --now {now} | mon-prune --now {now} --keep {keep}", None,
         [(a, p) for a in (0, 1, 3) for p in (0, 3)], CHANGED + BUSY),
        ("late rows", "mon-split", late(dice.choice((1, 1, 40, 3000)), 1), [(0,)], "(?!)", True),
        ("rows over midnight", "mon-split", late(dice.choice((1, 10)), 0, 1, 0, 1), [(0,)], "(?!)", True),
        ("old rows", "mon-split", late(3, 2, 3, 4, 9), [(0,)], "(?!)", True),
        ("second archive", f"mon-archive --now {now}", None, [(0,), (1,), (3,)], CHANGED + BUSY),
        ("archive again", f"mon-archive --now {now} --date {again}", None, [(0,), (1,), (2,), (3,)], CHANGED + BUSY + NO_DAY),
        ("dry run", f"mon-prune --now {now} --keep 0 --dry-run", named, [(0,), (3,)], CHANGED + UNSAFE),
        ("second prune", f"mon-prune --now {now} --keep {keep}", named, [(0,), (3,)], CHANGED + UNSAFE),
    ]
    chosen = [j for i, j in enumerate(jobs) if dice.random() < (0.9 if i < 4 else 0.5)] or jobs[:4]
    for job in chosen:
        round.add(*job)
    return keep


def history(world, t, names):
    """Two mon-scrape share one file: whom either of them met must be in it, as met just now."""
    path = os.path.join(world.run, "sys-monitor", "scrape-history")
    want = {"timer poll": {"personal", "work"}, "forced poll": {"work", "games"}}
    met = set().union(*(want.get(name, set()) for name in names))
    seen = set()
    if os.path.exists(path):
        with open(path) as f:
            words = [line.rstrip("\n").split(" ") for line in f if not line.startswith("* ")]  # the day of the quota
        # The clock of the two differs by a second, and the later to end may be the earlier.
        seen = {w[0] for w in words if w[4] in (str(t), str(t + 1))}
    lost = met - seen
    return [f"the history does not know of {lost}"] if lost else []


def together(work, rounds):
    seed = int(os.environ.get("MON_SEED", time.time_ns() % 10**9))
    dice, world, t, counts, programs, begun = random.Random(seed), World(work, "together"), NOON, {}, 0, time.time()
    os.mkdir(world.base)
    shutil.copy(os.path.join(world.machine, "qubes", "work"), os.path.join(world.machine, "qubes", "games"))
    for number in range(rounds):
        world.zone = dice.choice(("UTC", "UTC", "America/Los_Angeles", "Pacific/Kiritimati", "Australia/Lord_Howe"))
        kind = dice.random()
        if kind < 0.4:
            t += dice.randrange(5, 60)
        elif kind < 0.75:
            t = midnight(t, world.zone) + dice.choice((-1, 0, 1, 30, 599, 600, 601, 4 * HOUR))
        elif kind < 0.95:
            t += dice.randrange(3 * DAY_S)
        else:
            t -= dice.randrange(3 * DAY_S)
        round = Round(world, 3000 if number % 2 else 0)
        before = world.record.days()
        keep = fill(round, dice, t, number)
        dice.shuffle(round.jobs)
        for i, job in enumerate(round.jobs):
            round.start(job, i)
            if dice.random() < 0.5:
                time.sleep(dice.uniform(0, 0.01))
        printed = {job["name"]: round.end(job, counts) for job in round.jobs}
        programs += len(round.jobs)
        world.bad += too_young(set(before) - set(world.record.days()), t, keep, world.zone)
        # Days named by the dry run were there to be named; it deletes none itself.
        world.bad += too_young(printed.get("dry run", "").split(), t, 0, world.zone)
        bad = world.bad + world.record.verify() + history(world, t, printed)
        if os.listdir(world.run) not in ([], ["sys-monitor"]) or glob.glob(os.path.join(world.run, "*", ".*")):
            bad.append(f"left in the runtime folder: {os.listdir(world.run)}")
        if bad:
            check(f"round {number} of MON_SEED={seed}, {stamp(t)} {world.zone}: {', '.join(j['name'] for j in round.jobs)}",
                  False, "\n     ".join(str(b)[:500] for b in bad[:6]))
            world.bad = []
    world.zone = "UTC"
    # Nobody has recorded a day since, so which one is today is not known: the last two stay.
    world.backup(t + 30 * DAY_S, keep=0)
    world.settle(f"{rounds} rounds (MON_SEED={seed}), {programs} pipes at once: {world.record.rows} rows promised, "
                 f"{len(world.record.archives)} archives, {world.record.deleted} days deleted", world.record.deleted > 0)
    check("in the end all is in the vault and at most two days are here", len(world.record.days()) <= 2, world.record.days())
    for what, n in sorted(counts.items()):
        print(f"     {n} times: {what}")
    finish_readers(world)
    print(f"{rounds / (time.time() - begun):.1f} rounds a second")


def finish_readers(*worlds):
    for world in worlds:
        bad, n = world.record.strict.ask_readers(fast=not everything)
        check(f"{'all strict readers open' if everything else 'awk and python open'} all {n} different files", not bad, bad[:3])


# ---- steps

def suspend(world):
    world.poll(NOON)
    world.poll(NOON + 9 * HOUR)       # the lid was closed
    world.poll(NOON + 9 * HOUR + 10)
    world.poll(NOON + 3 * DAY_S)      # over midnights, and over a weekend
    world.settle("suspend: a gap, and no row in it")
    safe, gone = world.backup(NOON + 3 * DAY_S + 10)
    world.settle("... the days before it are archived at once", safe == ["2025-08-31"], safe)


def ahead(world):
    world.poll(NOON)
    world.poll(NOON + 5 * DAY_S)
    # The backup believes the clock, too: the true today is archived as if it were over.
    safe, gone = world.backup(NOON + 5 * DAY_S + 4 * HOUR, keep=1)
    world.settle("a clock five days ahead: today goes to the vault, and stays", (safe, gone) == (["2025-08-31"], []), (safe, gone))
    world.poll(NOON + 20)             # it is corrected
    world.poll(NOON + 30)
    world.settle("... corrected: the rows of today go on in their day, with a day in the future beside it")
    safe, gone = world.backup(NOON + DAY_S, keep=1)
    world.settle("... and the next night archives them under a name of its own", (safe, gone) == (["2025-08-31"], []), (safe, gone))
    safe, gone = world.backup(NOON + 5 * DAY_S, keep=0)
    world.settle("... the day that was the future stays until it is over", (safe, gone) == (["2025-08-31"], []), (safe, gone))
    world.poll(NOON + 5 * DAY_S + 60)
    safe, gone = world.backup(NOON + 6 * DAY_S)
    world.settle("... and is archived like any other then", safe == ["2025-08-31", "2025-09-05"], safe)


def back(world):
    world.poll(NOON)
    world.poll(NOON - 3)              # as NTP corrects
    world.poll(NOON - 3)              # the very same second again
    world.poll(NOON - 40 * DAY_S)     # as dom0 does after a resume
    world.poll(NOON + 10)
    world.settle("a clock that goes back by seconds and by weeks, and comes again")
    safe, _ = world.backup(NOON + DAY_S)
    world.settle("... all of it is archived", safe == ["2025-07-22", "2025-08-31"], safe)


def back_over_midnight(world):
    late = seconds("2025-09-01T00:00:05Z")
    for t in (late - 10, late, late - 8, late + 2):
        world.poll(t)
    world.settle("a step back over midnight: rows go to the old day, then to the new one")
    world.backup(late + 700)          # the old day is over
    world.poll(late - 6)              # and again
    world.settle("... and once more after it was archived")
    world.backup(late + 700)
    names = sorted(world.record.archives)
    world.settle("... it is archived again, with the row", not world.record.verify() and
                 sorted(world.record.archives) == ["monitor-2025-08-31.1.tgz", "monitor-2025-08-31.tgz"], names)


def dead(world):
    """A clock without a battery: each boot begins in 1970, until somebody sets it."""
    for boot in range(4):
        # Each time as many bytes as the last time: only the text differs.
        world.file(rows(5, 15, 25, what=f"boot {boot}"))
        world.poll(NOON + boot * DAY_S)
        world.settle(f"boot {boot + 1} in 1970, then the clock is set")
        safe, gone = world.backup(NOON + boot * DAY_S + 60)
        # It takes three days of the right clock until that is believed.
        want = ["1970-01-01"] if boot >= 2 else []
        world.settle("... 1970 is in the vault before it is deleted", "1970-01-01" in safe and gone == want, (safe, gone))
    world.zone = "America/New_York"
    done = world.file(rows(5), want=1)
    world.settle("1969 on the wall: refused, and said", "1970 to 9999" in done.stderr, done.stderr)
    world.file(rows(5 * HOUR - 1), want=1)
    world.file(rows(5 * HOUR))
    world.settle("... until the first second of 1970 there")


def far(world):
    times = [2**31 - 2, 2**31 - 1, 2**31, 2**32 - 1, 2**32, seconds("2100-02-28T23:59:59Z"), seconds("2400-02-29T12:00:00Z"),
             seconds("9999-12-31T23:59:59Z")]
    for t in times:
        world.poll(t)
        world.poll(NOON)
    world.settle("2038, 2106, 2400, 9999, and back each time")
    safe, gone = world.backup(NOON + DAY_S, keep=0)
    world.settle("... days in the future are neither archived nor deleted", (safe, gone) == (["2025-08-31"], []), (safe, gone))
    world.zone = "Pacific/Kiritimati"
    done = world.file(rows(times[-1]), want=1)
    world.settle("the year 10000 on the wall: refused, and said", "1970 to 9999" in done.stderr, done.stderr)


def years_ahead(world):
    """A backup in a night in which the clock is years ahead deletes nothing, in the vault or not."""
    for day in range(20, 0, -1):
        world.poll(NOON - day * DAY_S)
    world.backup(NOON, keep=30)
    world.poll(NOON)
    world.file(rows(NOON - 3 * DAY_S))  # one of the archived days has changed
    world.qube(VAULT, "deny")
    far_off = NOON + 4000 * DAY_S
    safe, gone = world.backup(far_off, codes=(1, 0))
    kept = world.record.days()
    world.settle("a clock years ahead, and no vault: only what is older than the newest day by --keep goes",
                 gone == [str(wall_date(NOON - day * DAY_S, "UTC")) for day in range(20, 14, -1)] and len(kept) == 15, (kept, gone))
    world.poll(far_off)
    safe, gone = world.backup(far_off + 60, keep=0, codes=(1, 0))
    world.settle("... and polls there do not make it right: all but the newest two are old, none of them is today",
                 world.record.days()[-3:] == ["2025-08-30", "2025-08-31", str(wall_date(far_off, "UTC"))], (safe, gone))
    world.qube(VAULT, "state=Halted")
    world.poll(NOON + 60)
    safe, gone = world.backup(NOON + 120)
    world.settle("... the clock is right again: the recording goes on where it was", safe == ["2025-08-28", "2025-08-30"] and not gone, (safe, gone))


def twice(world):
    world.poll(NOON - DAY_S)
    world.poll(NOON - 2 * DAY_S)
    world.poll(NOON - 20 * DAY_S)
    last = ["2025-08-29", "2025-08-30"]
    first = world.backup(NOON)
    second = world.backup(NOON)
    third = world.backup(NOON - HOUR)  # the hour that comes twice
    world.settle("the backup runs twice: one archive a day",
                 (first, second, third) == ((["2025-08-11", *last], ["2025-08-11"]), (last, []), (last, [])),
                 (first, second, third))
    world.backup(NOON - 2 * DAY_S)     # yesterday is the future now
    world.backup(NOON - 2 * DAY_S, keep=0)
    world.settle("... with the clock days back: nothing more, and nothing is deleted",
                 sorted(world.record.archives) == ["monitor-2025-08-11.tgz", *(f"monitor-{day}.tgz" for day in last)], world.record.archives.keys())


def travel(world):
    """The same rows in zones of other dates; the zone is looked at by each tool."""
    t = seconds("2025-08-31T10:30:00Z")
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Pago_Pago"):
        world.poll(t, zone)
        t += 20
    want = ["2025-08-30", "2025-08-31", "2025-09-01"]
    world.settle("another zone at each poll: each row has the date of its own zone", world.record.days() == want, world.record.days())
    safe, _ = world.backup(t, zone="Pacific/Kiritimati", keep=0)
    world.poll(t, "Pacific/Pago_Pago")  # back over the date line, into a day that was archived
    world.settle("... over the date line and back: the day goes on after its backup", safe == want[:2], safe)
    safe, gone = world.backup(t + 2 * DAY_S, zone="Pacific/Pago_Pago", keep=0)
    world.settle("... and is archived again", (safe, gone) == (want[:2], want[:1]), (safe, gone))


def localtime(world):
    """/etc/localtime, changed between two polls, in a mount namespace of our own."""
    if os.geteuid() != 0 or world.call("unshare", "-m", "true").returncode != 0:
        print("skip: only root may put another /etc/localtime in its place")
        return
    t = seconds("2025-08-31T23:30:00Z")
    for zone in ("Asia/Tokyo", "America/Los_Angeles", "Europe/London"):
        lines = rows(t, what=zone)
        script = f"mount --bind /usr/share/zoneinfo/{zone} \"$(readlink -f /etc/localtime)\" && unset TZ && exec mon-split"
        done = world.call("unshare", "-m", "sh", "-c", script, lines=lines)
        world.record.expect(lines, zone, done.returncode == 0)
        if done.returncode != 0:
            world.bad.append(done.stderr)
        t += 60
    world.settle("another /etc/localtime at each poll", world.record.days() == ["2025-08-31", "2025-09-01"], world.record.days())


def leap(world):
    good = "".join(rows(seconds(s), what=s) for s in ("2016-12-31T23:59:58Z", "2016-12-31T23:59:59Z", "2017-01-01T00:00:00Z"))
    bad = "2016-12-31T23:59:60Z work alert: leap\n2016-12-31T24:00:00Z work alert: no\n"
    for zone in ("UTC", "Asia/Tokyo"):
        done = world.call("mon-split", lines=good.replace("x", zone) + bad, zone=zone)
        world.record.expect(good.replace("x", zone), zone)
        world.settle(f"{zone}: the leap second itself is no stamp; its neighbours are filed",
                     done.returncode == 3 and "dropped 2 lines" in done.stderr, done)
    done = world.call("mon-scrape", "--now", "2016-12-31T23:59:60Z", "work")
    check("... nor is it a --now", done.returncode == 2, done)


def left_alone(world):
    """A qube that timed out once is left alone for 20 s by whatever clock, not longer."""
    def asked(t):
        return " games scrape: backoff," not in world.scrape(t, "--timeout", "0.3", "-")
    world.qube("games", "hang")
    check("a qube hangs: it was asked", asked(NOON))
    check("... is left alone", not asked(NOON + 10))
    check("... a resume later it is asked again", asked(NOON + 9 * HOUR))
    check("... the second pause is longer", not asked(NOON + 9 * HOUR + 30))
    check("... a clock that went back by minutes makes no long pause of a short one", asked(NOON + 9 * HOUR - 10 * 60))
    check("... nor one that went back by days", asked(NOON - 5 * DAY_S))
    check("... nor one that was in the future once", asked(NOON + 4000 * DAY_S) and asked(NOON - 4 * DAY_S))
    world.settle("... and all of it was filed")


def sampler(world):
    """mon-sample measures by counters: its clock may be what it likes.  For its alerts see e2e/sample-journal.sh."""
    root = os.path.join(world.at, "root")
    shutil.copytree(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "fixtures", "debian-12"), root)
    path = os.path.join(root, "proc", "stat")
    with open(path) as f:
        rest = f.read().split("\n", 1)[1]

    def sample(t, *ticks):
        with open(path, "w") as f:
            f.write("cpu  " + " ".join(map(str, ticks)) + "\n" + rest)
        done = world.call("mon-sample", "--root", root, "--state-dir", os.path.join(world.at, "state"), "--now", stamp(t), "take")
        return re.search(r"^sys: ([^,]*,[^,]*,[^,]*),", done.stdout, re.M)[1] if done.returncode == 0 else done
    busy = (100, 0, 100, 800, 0, 0, 0, 0, 0, 0)
    got = [sample(NOON, *busy)]
    for t in (NOON + 10, NOON - 50, NOON + 40 * DAY_S, 5, NOON):
        busy = tuple(b + x for b, x in zip(busy, (30, 0, 10, 60, 0, 0, 0, 0, 0, 0)))
        got.append(sample(t, *busy))
    check("mon-sample: the same shares of CPU whatever its clock does", got == ["10.0,10.0,80.0"] + ["30.0,10.0,60.0"] * 5, got)


def overtaken(world):
    """Who waits for the lock of a day while mon-prune deletes it, or is killed on the way."""
    day, late = "2025-08-01", NOON - 30 * DAY_S

    def waiting(*argv, lines=""):
        """A tool that has the folder open, and waits."""
        p = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=world.env())
        p.stdin.write(lines)
        p.stdin.close()
        until = time.monotonic() + IN_TIME
        while os.path.join(world.base, day) not in [os.path.realpath(f) for f in glob.glob(f"/proc/{p.pid}/fd/*")]:
            if p.poll() is not None or time.monotonic() > until:
                world.bad.append(f"{argv[0]} does not wait: {p.stderr.read()}")
                break
            time.sleep(0.001)
        return p

    def end(p, what):
        p.wait(IN_TIME)
        err = p.stderr.read()
        if p.returncode != 0 or err:
            world.bad.append(f"{what}: exit {p.returncode}: {err}")
    for killed in (False, True):
        world.file(rows(late, what=f"killed {killed}"))
        world.call("mon-archive", "--now", stamp(NOON))
        world.bad += world.record.verify()
        # We are the mon-prune that has the lock.
        lock = os.open(os.path.join(world.base, day), os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        lines = rows(late + 60, late + 61, what=f"late {killed}")
        split = waiting("mon-split", lines=lines)
        archive = waiting("mon-archive", "--now", stamp(NOON), "--date", day)
        prune = waiting("mon-prune", "--now", stamp(NOON), day)
        if world.bad:
            world.settle("all wait for the lock of the day")
            return
        aside = os.path.join(world.base, ".pruned-" + day)
        os.rename(os.path.join(world.base, day), aside)
        if not killed:
            shutil.rmtree(aside)
        os.close(lock)
        end(split, "mon-split")
        world.record.expect(lines, world.zone)
        archive.wait(IN_TIME)
        prune.wait(IN_TIME)
        # mon-archive packs what it finds under the name, and mon-prune knows that this is another folder.
        for line in archive.stderr.read().splitlines() + prune.stderr.read().splitlines():
            if not re.fullmatch(CHANGED + UNSAFE + NO_DAY + f"|mon-prune: there is no folder for {day}", line):
                world.bad.append(line)
        world.call("mon-prune", "--now", stamp(NOON), lines="")  # finishes what a killed one began
        world.settle(f"mon-prune {'is killed' if killed else 'deletes a day'} while others wait for its lock: late rows begin it anew")
        safe, gone = world.backup(NOON)
        world.settle("... and are archived under a name of their own", (safe, gone) == ([day], [day]), (safe, gone))


def in_the_copy(world):
    """Late rows of a day that is on its way to the vault."""
    world.poll(NOON)
    world.qube(VAULT, "copy-delay=0.3")
    archive = subprocess.Popen(["mon-archive", "--now", stamp(NOON + DAY_S)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env=world.env())
    until = time.monotonic() + IN_TIME
    while not glob.glob(os.path.join(world.machine, "copying", "*")) and time.monotonic() < until:
        time.sleep(0.001)
    world.file(rows(NOON + 60))
    out, err = archive.communicate(timeout=IN_TIME)
    world.settle("a late row while its day is copied: the day is not vouched for",
                 (archive.returncode, out) == (3, "") and re.fullmatch(CHANGED, err.strip()), (archive.returncode, out, err))
    world.qube(VAULT, "state=Halted")
    safe, _ = world.backup(NOON + DAY_S)
    world.settle("... but in the next run, which copies it again", safe == ["2025-08-31"] and len(os.listdir(world.record.vault)) == 2, safe)


def in_the_way(world):
    """Late rows of a day that is being deleted, call by call of mon-prune."""
    dice, late, kept = random.Random(), NOON - 30 * DAY_S, 0
    tries = 60 if everything else 15
    slow = world.env(LD_PRELOAD=os.environ["MON_FAULT"], FAULT_TOOL="mon-prune", FAULT_KIND="slow", FAULT_AT="20000")
    for n in range(tries):
        world.file(rows(late + n, what="early"))
        world.call("mon-archive", "--now", stamp(NOON))
        prune = subprocess.Popen(["mon-prune", "--now", stamp(NOON), "2025-08-01"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 text=True, env=slow)
        time.sleep(dice.uniform(0, 0.2))
        world.file(rows(late + n, what="late"))
        out, err = prune.communicate(timeout=IN_TIME)
        kept += out == ""
        if (prune.returncode, out) not in ((0, "2025-08-01\n"), (3, "")) or not re.fullmatch(f"({CHANGED})?", err.strip()):
            world.bad.append(f"mon-prune: {prune.returncode}, {out}, {err}")
        world.bad += world.record.verify()
    world.settle(f"late rows at any moment of {tries} deletions: {kept} times the day stayed")


def steps(work):
    worlds = []
    for step in (suspend, ahead, back, back_over_midnight, dead, far, years_ahead, twice, overtaken, in_the_copy, in_the_way, travel, localtime, leap, left_alone, sampler):
        world = World(work, step.__name__)
        worlds.append(world)
        step(world)
    finish_readers(*worlds)


# ---- zones

SOME = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kwajalein", "America/Sao_Paulo",
        "America/St_Johns", "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Kiritimati", "Atlantic/Azores", "Asia/Tehran",
        "America/Havana", "Pacific/Chatham", "Antarctica/Troll", "Europe/Dublin", "Asia/Amman", "UTC"]


def changes(zone, first, last):
    """When the offset from UTC changes."""
    info = zoneinfo.ZoneInfo(zone)

    def offset(t):
        return datetime.datetime.fromtimestamp(t, info).utcoffset()
    for t in range(first, last, DAY_S):
        if offset(t) != offset(t + DAY_S):
            low, high = t, t + DAY_S
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
            yield high


def finished(world, days, t, zone):
    """What mon-archive would pack at ${t}, and what it should: the days that were over ten minutes ago."""
    done = world.call("mon-archive", "--now", stamp(t), "--dry-run", zone=zone)
    return done.stdout.split() == [d for d in days if d < str(wall_date(t - 600, zone))]


def all_zones():
    """All that differ: half of the names are other names of the same."""
    found = {}
    for name in sorted(zoneinfo.available_timezones()):
        for folder in zoneinfo.TZPATH:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    found.setdefault(f.read(), name)
                break
    return sorted(found.values())


def zones(work):
    names = all_zones() if everything else SOME
    moments = stamps = 0
    for zone in names:
        world = World(work, zone.replace("/", "-"), zone)
        years = [(1970, 2040)] if everything else [(1993, 1994), (2006, 2007), (2011, 2012), (2025, 2027)]
        at = [c for a, b in years for c in changes(zone, seconds(f"{a}-01-03T00:00:00Z"), seconds(f"{b}-01-01T00:00:00Z"))]
        at.append(midnight(NOON, zone))
        lines = ""
        for moment in at:
            near = sorted({moment + d for d in [*range(-90, 91, 30), *range(-3, 4)]} |
                          {moment + d for d in range(-30 * HOUR, 30 * HOUR, HOUR) if moment in at[-12:]} |
                          {midnight(moment + d, zone) + e for d in (-2 * DAY_S, -DAY_S, 0) for e in (-1, 0)})
            lines += rows(*near, what=f"m{moment}")
            stamps += len(near)
        world.file(lines)
        moments += len(at)
        days = world.record.days()
        wrong = [stamp(t) for m in at[-3:] for t in (m - 1, m, m + 599, m + 600, midnight(m, zone) + 599, midnight(m, zone) + 600)
                 if not finished(world, days, t, zone)]
        if wrong:
            world.bad.append(f"mon-archive takes other days as finished at {wrong}")
        bad = world.bad + world.record.verify()
        if bad:
            check(f"{zone}", False, "\n     ".join(str(b)[:500] for b in bad[:4]))
        shutil.rmtree(world.at)
    check(f"{len(names)} zones, {moments} changes of the clock, {stamps} stamps around them: each in its day", stamps > 1000 and moments > len(names))


def main():
    global everything
    args = [a for a in sys.argv[1:] if a != "--all"]
    everything = "--all" in sys.argv[1:]
    if not args or args[0] not in ("together", "steps", "zones") or len(args) > 2:
        print(__doc__, file=sys.stderr)
        return 2
    for v in list(os.environ):
        if v.startswith(("MON_", "FAULT_")) and v not in ("MON_FAULT", "MON_SEED"):
            del os.environ[v]
    os.environ["LC_ALL"] = "C"
    # On a disk a sync takes its time, which together() needs; the others make thousands.
    memory = "/dev/shm" if args[0] != "together" and os.access("/dev/shm", os.W_OK) else None
    work = os.path.realpath(tempfile.mkdtemp(prefix="mon-clock.", dir=memory))
    link_fault(work)
    try:
        if args[0] == "together":
            together(work, int(args[1]) if len(args) > 1 else 50)
        else:
            {"steps": steps, "zones": zones}[args[0]](work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

"""generate.py - the inputs of the benchmark: deterministic, and like what real qubes send.

  stream(path, lines, qubes)   stamped lines, as mon-scrape prints them
  day(path, qubes)             those of a whole day, with the states of each minute
  answers(folder, qubes)       one answer of each qube, as mon-sample prints it
  journal(...)                 journal files of some MiB, made by systemd-journal-remote

A qube here idles most of the time and is busy now and then; its counters only grow, its disks fill
slowly, and a sixth of its answers bring an alert. A router has an interface for each qube behind it,
and a disk has a line when it moved, and once more when it stopped.
"""
import itertools
import os
import random
import subprocess
import time

NAMES = ("work personal untrusted sys-net sys-firewall sys-usb vault mail banking media dev build "
         "whonix-gw whonix-ws sys-vpn chat docs print disp1042 disp977").split()
MESSAGES = (
    "kernel: NET: eth0 link up 1000Mb/s",
    "systemd[1]: Started qubes-update-check.service - check for updates and notify dom0.",
    "sudo[{}]: user : TTY=pts/0 ; PWD=/home/user ; USER=root ; COMMAND=/usr/bin/apt update",
    "NetworkManager[{}]: <warn>  [1724932809.1234] device (eth0): link timed out",
    "kernel: audit: type=1400 audit(1724932809.123:{}): apparmor='DENIED' operation='open'",
    "dbus-daemon[{}]: [session uid=1000 pid=612] Activated service org.freedesktop.Notifications failed",
    "systemd-resolved[{}]: Using degraded feature set UDP instead of UDP+EDNS0 for DNS server 10.139.1.1.",
    "Xorg[{}]: (EE) client bug: timer event7 debounce: scheduled expiry is in the past",
)
ROUTERS = {"sys-net": 2, "sys-firewall": 12, "sys-vpn": 3}  # interfaces to qubes behind them
START = 1756598400  # 2025-08-31T00:00:00Z
STEP = 10


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def names(qubes):
    return [NAMES[i % 20] + ("" if i < 20 else str(i // 20)) for i in range(qubes)]


class Qube:
    """A qube whose counters go on from one answer to the next."""

    def __init__(self, name, seed):
        r = self.random = random.Random(seed)
        self.name = name
        self.total = r.choice((409600, 819200, 4096000, 16310256))
        self.used = int(self.total * r.uniform(0.2, 0.6))
        self.load = r.uniform(0, 0.5)
        self.busy = 0
        self.received, self.sent, self.local = (r.randrange(10 ** 9) for _ in range(3))
        self.vifs = [[r.randrange(10 ** 9), r.randrange(10 ** 8)] for _ in range(ROUTERS.get(name, 0))]
        self.cpus = r.choice((2, 2, 4))
        self.disks = {d: [r.randrange(10 ** 5), r.randrange(10 ** 9), r.randrange(10 ** 5), r.randrange(10 ** 4),
                          r.randrange(10 ** 8), r.randrange(10 ** 4), r.randrange(10 ** 5)] for d in ("xvda", "xvdb")}
        self.moved = set(self.disks)
        self.pressure = [r.randrange(10 ** 7) for _ in range(5)]
        self.established, self.udp = r.randrange(20), r.randrange(2, 9)
        self.root, self.private = r.randrange(5 * 10 ** 6, 15 * 10 ** 6), r.randrange(10 ** 5, 1900000)

    def answer(self, seconds):
        """The payload lines of one answer."""
        r = self.random
        self.busy = self.busy - 1 if self.busy else r.randrange(1, 30) if r.random() < 0.01 else 0
        user = r.uniform(20, 70) if self.busy else r.uniform(0.2, 3.5)
        system = user * r.uniform(0.2, 0.4)
        self.load += (user / 50 - self.load) * 0.15
        if self.busy or r.random() < 0.35:
            amount = int(r.lognormvariate(13 if self.busy else 8, 2))
            self.received += amount
            self.sent += amount // 10
            self.established = max(0, self.established + r.choice((-1, 0, 1)))
            self.used = min(self.total * 95 // 100, max(4096, self.used + 4 * r.randrange(-200, 210)))
        if self.busy or r.random() < 0.05:
            self.root += 4 * r.randrange(-60, 90)
            self.private += 4 * r.randrange(-20, 30)
            self.local += r.randrange(6000)
        lines = [
            f"sys: {user:.1f},{system:.1f},{100 - user - system:.1f},{self.load:.2f},{self.load * 0.9:.2f},"
            f"{self.load * 0.8:.2f},{self.total},{self.used},{self.total - self.used},1048572,0,1,0",
            f"cpu: {self.cpus},{(user + system) * self.cpus / 100:.2f},{r.uniform(0, 0.5):.1f},0.0",
            f"net: lo,{self.local},0,0,{self.local},0,0",
            f"net: eth0,{self.received},0,0,{self.sent},0,0",
            *self.routed(),
            f"conn: {self.established},{self.udp}",
            disk("/dev/mapper/dmroot", "/", 20466256, self.root, 1023312),
            disk("/dev/xvdb", "/rw", 10218772, self.private, 0),
            disk("/dev/xvdd", "/usr/lib/modules", 580104, 559204, 0),
            *self.moving(),
            "pressure: " + ",".join(map(str, self.stalled())),
        ]
        if r.random() < 0.16:
            text = r.choice(MESSAGES).format(r.randrange(100, 99999))
            lines.append("alert: " + time.strftime("%b %d %H:%M:%S ", time.gmtime(seconds - r.randrange(10))) + text)
        return lines

    def routed(self):
        for i, counters in enumerate(self.vifs):
            if self.busy or self.random.random() < 0.4:
                amount = int(self.random.lognormvariate(9, 2))
                counters[0] += amount // 10
                counters[1] += amount
            yield f"net: vif{i + 3}.0,{counters[0]},0,0,{counters[1]},0,0"

    def moving(self):
        """The disks that moved since the last answer, and those that stopped."""
        before, self.moved = self.moved, set()
        for name, c in self.disks.items():
            if self.busy or self.random.random() < 0.3:
                self.moved.add(name)
                reads, writes = self.random.randrange(5), self.random.randrange(1, 60)
                for i, more in enumerate((reads, reads * 16384, reads, writes, writes * 12288, writes, reads + writes)):
                    c[i] += more
            if name in self.moved | before:
                yield f"io: {name}," + ",".join(map(str, c))

    def stalled(self):
        if self.busy or self.random.random() < 0.3:
            for i in (0, 3, 4):
                self.pressure[i] += self.random.randrange(90000 if self.busy else 4000)
        return self.pressure


def disk(device, mount, size, used, reserved):
    free = size - used - reserved
    return f"disk: {device},{mount},{size},{used},{free},{-(-100 * used // (used + free))}%"


def machine(qubes):
    return [Qube(name, i + 1) for i, name in enumerate(names(qubes))]


def polls(qubes):
    """The stamped lines of one poll after the other, without end."""
    all_qubes, seconds = machine(qubes), START
    while True:
        ts, lines = stamp(seconds), []
        for qube in all_qubes:
            answer = qube.answer(seconds)
            size = sum(map(len, answer)) + len(answer)
            lines += [f"{ts} {qube.name} {line}\n" for line in answer]
            lines.append(f"{ts} {qube.name} scrape: ok,{qube.random.randrange(20, 60)},{size},{len(answer)},0\n")
        yield lines
        seconds += STEP


def stream(path, lines, qubes=30):
    """Write exactly so many stamped lines."""
    with open(path, "w") as out:
        for poll in polls(qubes):
            out.writelines(poll[:lines])
            lines -= len(poll)
            if lines <= 0:
                return


def day(path, qubes, hours=24):
    """Write the lines of a day, or of its first HOURS."""
    with open(path, "w") as out:
        for i, poll in enumerate(itertools.islice(polls(qubes), hours * 3600 // STEP)):
            if i * STEP % 60 == 0:
                out.writelines(f"{stamp(START + i * STEP)} {name} state: Running\n" for name in names(qubes))
            out.writelines(poll)


def answers(folder, qubes):
    """One file a qube with its answer, as its sampler sends it; returns the names."""
    for qube in machine(qubes):
        lines = ["begin: 1"] + qube.answer(START)
        with open(os.path.join(folder, qube.name), "w") as out:
            out.write("".join(line + "\n" for line in [*lines, f"end: {len(lines) - 1}"]))
    return names(qubes)


# ---- journals ----

REMOTE = next((p for p in ("/lib/systemd/systemd-journal-remote", "/usr/lib/systemd/systemd-journal-remote")
               if os.path.exists(p)), None)
MONOTONIC_ZERO = 1600000000000000  # so that both clocks put all entries in the same order


def entry(realtime_us, boot, machine_id, number, priority, identifier, message):
    """One entry in journalctl's export format, with the fields that journald adds."""
    return (f"__REALTIME_TIMESTAMP={realtime_us}\n__MONOTONIC_TIMESTAMP={realtime_us - MONOTONIC_ZERO}\n"
            f"_BOOT_ID={boot}\n_MACHINE_ID={machine_id}\n_HOSTNAME=work\nPRIORITY={priority}\n"
            f"_TRANSPORT=syslog\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER={identifier}\n_PID={300 + number % 4000}\n"
            f"_UID=0\n_GID=0\n_COMM={identifier}\n_EXE=/usr/lib/{identifier}\n_CMDLINE=/usr/lib/{identifier} --run\n"
            f"_CAP_EFFECTIVE=1ffffffffff\n_SYSTEMD_CGROUP=/system.slice/{identifier}.service\n"
            f"_SYSTEMD_UNIT={identifier}.service\n_SYSTEMD_SLICE=system.slice\n"
            f"_SOURCE_REALTIME_TIMESTAMP={realtime_us - 40}\nMESSAGE={message}\n\n")


def append(path, text):
    """Append entries to the journal file PATH."""
    done = subprocess.run([REMOTE, "-o", path, "-"], input=text.encode(), capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"systemd-journal-remote could not write {path}: {done.stderr.decode()[-500:]}")


def chatter(random_, begin_us, end_us, entries, boot, machine_id):
    """What a qube's journal is full of: of 1,000 entries some 50 are notice, 10 warning, 5 err."""
    idents = ("systemd", "qrexec-agent", "kernel", "NetworkManager", "dbus-daemon", "sudo", "qubes-gui", "cron")
    for i in range(entries):
        dice = random_.random()
        priority = 3 if dice < 0.005 else 4 if dice < 0.015 else 5 if dice < 0.065 else 6
        identifier = random_.choice(idents)
        message = random_.choice(MESSAGES).format(random_.randrange(10 ** 6)) + f" {random_.randbytes(150).hex()}"
        yield entry(begin_us + (end_us - begin_us) * i // entries, boot, machine_id, i, priority, identifier, message)


def journal(path, seed, begin_us, end_us, boot, machine_id):
    """Write a journal file of 10,000 entries."""
    append(path, "".join(chatter(random.Random(seed), begin_us, end_us, 10000, boot, machine_id)))

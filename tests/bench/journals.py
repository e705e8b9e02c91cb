"""journals.py - journals of some files in the place of this machine's own, in our mount namespace alone.

A View is a folder of journal files. Any number of them stand side by side, and the shell text
view.show puts one into /var/log/journal/MACHINE: so that mon-sample and the shell handler see the
very same files, at their true paths, one view after the other in one session.
"""
import os
import shutil
import time

from bench import mount
import generate

FILES = 5
DAY_US = 86400 * 10 ** 6


def machine_id():
    try:
        with open("/etc/machine-id") as text:
            found = text.read().strip()
    except OSError:
        found = ""
    return found if len(found) == 32 else None


def why_not(mounts):
    """Why there can be no journals here, or None; MOUNTS says why there can be no mounts, or None."""
    if mounts:
        return mounts
    if generate.REMOTE is None:
        return "systemd-journal-remote: not installed (tests/setup test)"
    return None if machine_id() else "/etc/machine-id is missing or empty"


class Journals:
    def __init__(self, bench):
        self.machine, self.folder = machine_id(), bench.folder()
        with open("/proc/sys/kernel/random/boot_id") as text:
            self.boot = text.read().strip().replace("-", "")
        now = int(time.time() * 10 ** 6)
        self.archived = bench.cached("journal-archived", self.make_archived)
        # Of this boot, or the first sample would take none of it.
        self.active = bench.cached(f"journal-active-{self.boot}.journal", lambda path: self.make(path, 99, now - DAY_US, now - 10 ** 8, self.boot))
        self.place = os.path.join("/var/log/journal", self.machine)
        if not os.path.isdir("/var/log/journal"):
            mount("-t", "tmpfs", "none", "/var/log")
            os.mkdir("/var/log/journal")
        mount("-t", "tmpfs", "none", "/var/log/journal")
        os.mkdir(self.place)
        if os.path.isdir("/run/log/journal"):
            mount("-t", "tmpfs", "none", "/run/log/journal")
        self.script = os.path.join(self.folder, "append")
        self.write_script()

    def make(self, path, seed, begin, end, boot):
        # systemd-journal-remote insists on the suffix; the cache has none until the file is whole.
        generate.journal(path + ".journal", seed, begin, end, boot, self.machine)
        os.rename(path + ".journal", path)

    def make_archived(self, folder):
        """The files of the days before, each of a boot of its own."""
        os.mkdir(folder)
        now = int(time.time() * 10 ** 6)
        for i in range(FILES - 1):
            begin = now - (FILES - i) * DAY_US
            self.make(f"{folder}/system@{'%032x' % 7}-{'%016x' % (i * 70000 + 1)}-{'%016x' % begin}.journal", i, begin, begin + DAY_US,
                      f"{i + 1:032x}")

    def write_script(self):
        """append FILE PRIORITY COUNT: so many entries of now, as journald would add them."""
        text = generate.entry(1600000000000777, self.boot, self.machine, 1, "$2", "app", "something happened number $i")
        text = text.replace("1600000000000777", "$now").replace("1600000000000737", "$now")
        text = text.replace("__MONOTONIC_TIMESTAMP=777", f"__MONOTONIC_TIMESTAMP=$((now - {generate.MONOTONIC_ZERO}))")
        with open(self.script, "w") as out:
            out.write(f"#!/bin/sh\nfor i in $(seq $3); do\nnow=$(date +%s%6N)\ncat <<END\n{text}END\ndone | "
                      f"{generate.REMOTE} -o \"$1\" - 2>/dev/null\n")
        os.chmod(self.script, 0o755)


class View:
    def __init__(self, journals, name):
        self.folder = os.path.join(journals.folder, name)
        self.active = os.path.join(self.folder, "system.journal")
        os.mkdir(self.folder)
        for old in os.listdir(journals.archived):
            os.link(os.path.join(journals.archived, old), os.path.join(self.folder, old))
        shutil.copyfile(journals.active, self.active)
        self.show = f"umount {journals.place} 2>/dev/null; mount --bind {self.folder} {journals.place}"
        self.append = f"{journals.script} {self.active}"

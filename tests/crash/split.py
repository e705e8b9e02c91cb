#!/usr/bin/env python3
"""split.py WHAT [--all] - crash mon-split in every way; no row may be torn, glued or lost in silence.

  faults   the n-th call that touches the disk fails, is cut short or is its last, n = 1 to the end
           (fault.c, in the file $MON_FAULT), over the first poll of a day, a later one, a large one, torn rows, a torn
           header, a change of the day with a torn end behind it, an import over midnight, and a disk
           without O_TMPFILE
  power    the power goes away after each system call: what was synced is there, and of what was not
           every prefix of its bytes (with and without NULs for the rest), every end of them behind NULs,
           NULs anywhere with all that was written later behind them, and every prefix of the names in its
           folder; in small polls, in polls of thousands of rows, and in an import that does not sync
  pipe N   kill -9 at a random moment of mon-vmstate | mon-scrape --take - | mon-split, until N (200) were hit;
           on a disk (TMPDIR), where a sync takes its time
  full     a tmpfs, and a small ext4, that fill up and are emptied again (root only)

The tools come from PATH.  --all: every strict reader is asked, and every prefix tried.
Exit status: 0 all promises held; 77 skipped: this machine does not let us.
"""
import ast
import itertools
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(SRC, "tests", "strict"))
sys.path.insert(0, os.path.join(SRC, "tests", "harness"))
from preload import link_fault  # noqa: E402
from strict import Strict  # noqa: E402

DAY, NEXT = "2025-08-31", "2025-09-01"
FILES = {"conn": "connections.csv", "alert": "alerts.csv", "state": "qubes.csv", "scrape": "scrape.csv"}
failures = []
everything = False


def check(what, held, why=""):
    why = re.sub(r"(?:\\\\x00){9,}", "...NULs...", str(why))
    print(("ok   " if held else "FAIL ") + what + ("" if held else f"\n     {why}"), flush=True)
    if not held:
        failures.append(what)
        if len(failures) >= 8:
            sys.exit("too many failures")


def poll(ts, number, kinds=("conn", "alert"), rows=3):
    """The lines of one poll; its number is in each row."""
    fields = {"conn": f"{number},%d", "alert": f"Aug 31 poll {number} row %d", "state": "Running"}
    return "".join(f"{ts} q{i} {kind}: {fields[kind] % i if '%d' in fields[kind] else fields[kind]}\n"
                   for kind in kinds for i in range(rows)).encode()


def rows_of(lines):
    """The rows that these lines become: {(day, file): bytes}."""
    out = {}
    for line in lines.decode().splitlines():
        ts, vm, kind, fields = line.split(" ", 3)
        key = (ts[:10], FILES[kind[:-1]])
        out[key] = out.get(key, b"") + f"{ts},{vm},{fields}\n".encode()
    return out


def split(base, lines, **env):
    return subprocess.run(["mon-split", "--dir", base], input=lines, capture_output=True,
                          env=dict(os.environ, **env))


def contents(base):
    """{(day, file): bytes}, and the names of what is no file of ours."""
    found, other = {}, []
    for where, _, names in os.walk(base):
        for name in names:
            path = os.path.join(where, name)
            if not name.endswith(".csv"):
                other.append(path)
                continue
            with open(path, "rb") as f:
                found[(os.path.basename(where), name)] = f.read()
    return found, other


def shm():
    """Thousands of fsyncs are cheap in memory, and the disk itself is not what is tested."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def follows(data, old, rows, new):
    """Is ${data} ${old}, some whole rows from the start of ${rows}, and ${new}?"""
    some = data[len(old):len(data) - len(new)]
    return data == old + some + new and rows.startswith(some) and (not some or some.endswith(b"\n"))


# ---- faults

def templates(strict, work):
    """{name: (folder, lines, the rows that are there, environment)}"""
    def fresh(name, *polls):
        base = os.path.join(work, name)
        for lines in polls:
            assert split(base, lines).returncode == 0
        return base, (contents(base)[0] if polls else {})

    out = {}
    base, before = fresh("first")
    out["first"] = (base, poll(f"{DAY}T10:00:00Z", 1), before, {})
    out["no-tmpfile"] = (base, poll(f"{DAY}T10:00:00Z", 1), before, {"FAULT_TMPFILE": "no"})
    base, before = fresh("later", poll(f"{DAY}T10:00:00Z", 1), poll(f"{DAY}T10:00:10Z", 2))
    out["later"] = (base, poll(f"{DAY}T10:00:20Z", 3), before, {})
    # So many rows that their file says what was synced.
    base, before = fresh("large", poll(f"{DAY}T10:00:00Z", 1))
    out["large"] = (base, poll(f"{DAY}T10:00:10Z", 2, rows=2500), before, {})
    base, before = fresh("torn", poll(f"{DAY}T10:00:00Z", 1))
    for name, end in (("connections.csv", b"2025-08-31T10:00:10Z,q0,2"), ("alerts.csv", b"2025-08-31T10:0" + b"\0" * 5000)):
        with open(os.path.join(base, DAY, name), "ab") as f:
            f.write(end)
    out["torn"] = (base, poll(f"{DAY}T10:00:10Z", 2), before, {})
    shutil.copytree(base, os.path.join(work, "day"))
    out["day"] = (os.path.join(work, "day"), poll(f"{NEXT}T00:00:00Z", 2), before, {})
    base, before = fresh("header")
    os.makedirs(os.path.join(base, DAY))
    for name, start in (("connections.csv", b"ts,vm,tcp_esta"), ("alerts.csv", b"\0" * 5)):
        with open(os.path.join(base, DAY, name), "wb") as f:
            f.write(start)
    out["header"] = (base, poll(f"{DAY}T10:00:10Z", 2), before, {})
    base, before = fresh("midnight", poll(f"{DAY}T23:59:40Z", 1))
    out["midnight"] = (base, poll(f"{DAY}T23:59:50Z", 2) + poll(f"{NEXT}T00:00:00Z", 3), before, {})
    return out


def audit(strict, kind, found, was, before, mine, code, err):
    """What is there after the broken run.  Returns ({key: whole rows of this poll}, complaints)."""
    filed, bad = {}, []
    for key in set(before) | set(mine) | set(found):
        header = strict.header(key[1])
        old = before.get(key, header)
        data = found.get(key)
        if data is None:
            filed[key] = b""
            if key in before:
                bad.append(f"{key} is lost")
            continue
        if key not in before and (data == was.get(key) or key in was and header.startswith(data)):
            filed[key] = b"" if data in (was[key], header) else None  # its torn header was to be made anew
            continue
        if not data.startswith(old):
            bad.append(f"{key}: rows of an earlier poll are lost: {data[-80:]!r}")
            continue
        end = data[len(old):]
        filed[key] = b"" if data == was.get(key) else end if follows(end, b"", mine.get(key, b""), b"") else None
    missing = [k for k, rows in mine.items() if filed.get(k) != rows]
    if code == 0 and missing:
        bad.append(f"exit 0 with rows of {missing} lost")
    if kind in ("short", "eintr") and code != 0:
        bad.append(f"exit {code}: {err}")
    if kind in ("eio", "enospc", "edquot", "filled") and code not in (0, 1):
        bad.append(f"exit {code}")
    if kind in ("kill", "torn") and code != -signal.SIGKILL:
        bad.append(f"was not killed: {code}")
    if code == 1 and not err:
        bad.append("failed without a word")
    if code >= 0 and kind not in ("kill", "torn"):  # a run that could end has left no torn row
        for key in mine:
            if filed.get(key) is None and not (key in was and key not in before):
                bad.append(f"{key} is torn by a run that ended: {found[key][-80:]!r}")
    return filed, bad


def healed(strict, found, was, before, mine, later, filed, told):
    """What is there after the next run, which had no fault."""
    bad = []
    for key in set(before) | set(mine) | set(later):
        header = strict.header(key[1])
        old, new = before.get(key, header), later.get(key, b"")
        data = found.get(key)
        if data is None:
            if key in before or key in later:
                bad.append(f"{key} is lost")
            continue
        # Whole rows of the broken poll that were there already must stay; torn ones go.
        if told and key[0] == DAY and data == was.get(key):
            ok = True  # the day before could not be looked at; told, and mon-archive heals it
        elif filed.get(key):
            ok = data == old + filed[key] + new
        else:
            ok = follows(data, old, mine.get(key, b""), new)
        if not ok:
            bad.append(f"{key} after the next run: {data[len(header) - 1:]!r}")
    return bad


def unknown_calls():
    """The calls of mon-split that may touch the disk and that fault.c does not know."""
    with open(os.path.join(HERE, "fault.c")) as f:
        known = set(re.findall(r"^(?:OPEN|READDIR|READ|WRITE|CALL)\((?:[^(]*, )?([a-z0-9_]+), \(", f.read(), re.M))
    tool = shutil.which("mon-split")
    if b" __gcov_" in subprocess.run(["nm", tool], capture_output=True).stdout:
        return []  # libgcov makes more of them, at the end
    symbols = subprocess.run(["nm", "-D", "--undefined-only", tool], capture_output=True, check=True)
    used = {line.split()[-1].split("@")[0] for line in symbols.stdout.decode().splitlines()}
    touching = re.compile(r"_*(open|creat|read|pread|readv|write|pwrite|writev|pwritev|fallocate|posix_fallocate|truncate|"
                          r"ftruncate|[lf]?[gs]etxattr|fsync|fdatasync|sync|sync_file_range|flock|stat|fstat|lstat|statx|readlink|mkdir|link|symlink|rename|"
                          r"unlink|rmdir|remove|fopen|sendfile|copy_file_range|splice|mmap|opendir|scandir|mkstemp)"
                          r"(at|at2|v|64|dir|_chk|_2)*")
    return sorted(s for s in used if touching.fullmatch(s) and s not in known)


def faults(work):
    fault = os.environ["MON_FAULT"]
    check("mon-split makes no call that fault.c does not know", not unknown_calls(), unknown_calls())
    strict, total, least = Strict(), 0, {"kill": 15, "eio": 15, "enospc": 4, "edquot": 4, "short": 3, "filled": 3, "torn": 3, "eintr": 8}
    hit, base = os.path.join(work, "hit"), os.path.join(work, "M")
    for name, (folder, lines, before, env) in templates(strict, work).items():
        mine, was = rows_of(lines), contents(folder)[0]
        later_lines = poll(f"{NEXT if NEXT in {k[0] for k in mine} else DAY}T23:59:59Z", 9)
        later = rows_of(later_lines)
        counts = []
        for kind in least:
            for n in itertools.count(1):
                shutil.rmtree(base, ignore_errors=True)
                if os.path.isdir(folder):
                    shutil.copytree(folder, base)
                broken = split(base, lines, LD_PRELOAD=fault, FAULT_TOOL="mon-split", FAULT_KIND=kind,
                               FAULT_AT=str(n), FAULT_HIT=hit, **env)
                if not os.path.exists(hit):
                    if broken.returncode != 0:
                        check(f"{name}: the run without a fault", False, broken)
                    break
                with open(hit) as f:
                    call = f.read().split()[0]
                os.unlink(hit)
                found, _ = contents(base)
                filed, bad = audit(strict, kind, found, was, before, mine, broken.returncode, broken.stderr)
                if kind not in ("torn",) and name not in ("torn", "day", "header"):
                    bad += strict.check_folder(base)  # none of these leaves a torn row at all
                clean = split(base, later_lines, **env)
                if clean.returncode != 0:
                    bad.append(f"the next run: {clean.returncode} {clean.stderr}")
                found, other = contents(base)
                told = kind == "eio" and b"cannot look for torn rows" in broken.stderr
                bad += healed(strict, found, was, before, mine, later, filed, told)
                if kind == "eio" and call == "fdatasync" and not told and not (
                        broken.returncode == 1 and b"to the disk" in broken.stderr):
                    bad.append(f"rows that could not be synced were promised: {broken.returncode}")
                bad += strict.check_folder(os.path.join(base, NEXT) if told else base)
                if env and other and kind not in ("kill", "torn"):
                    bad.append(f"left: {other}")
                if bad:
                    check(f"{name}: {kind} at call {n}, {call}", False, "\n     ".join(bad) + f"\n     stderr: {broken.stderr!r}")
            counts.append(f"{kind} {n - 1}")
            total += n - 1
            if n - 1 < least[kind]:  # the calls do not come by fault.so any more
                check(f"{name}: {kind} met only {n - 1} calls", False)
        check(f"{name}: {', '.join(counts)}", True)
    finish_readers(strict)
    print(f"{total} fault points tried")


def finish_readers(strict):
    bad, n = strict.ask_readers(fast=not everything)
    check(f"{'all strict readers open' if everything else 'awk and python open'} all {n} different files", not bad, bad[:3])


# ---- power

class Disk:
    """
    What a sequence of system calls brought to the disk, and what was still on the way.

    Files are [synced bytes, later operations]; folders are [synced names, later names].  An
    operation is ("write", offset, bytes) or ("cut", size).  Names that were not synced come
    in their order: a journal keeps it.
    """

    def __init__(self):
        self.files, self.folders = {}, {}
        self.next_id = 0

    def new(self, table, empty):
        self.next_id += 1
        table[self.next_id] = [empty, []]
        return self.next_id


def apply(data, op, upto=None, nul=False):
    if op[0] == "cut":
        return data[:op[1]] + b"\0" * (op[1] - len(data))
    _, at, new = op
    if upto is not None:
        new = new[:upto] + (b"\0" * (len(new) - upto) if nul else b"")
    return data[:at] + b"\0" * (at - len(data)) + new + data[at + len(new):]


def record(argv, stdin, cwd, env):
    """Run under strace; yields (call, arguments, result)."""
    log = os.path.join(cwd, "trace")
    done = subprocess.run(["strace", "-o", log, "-xx", "-s", "1000000", "-e",
                           "trace=open,openat,creat,mkdir,mkdirat,write,pwrite64,writev,pwritev,ftruncate,truncate,"
                           "fallocate,fsync,fdatasync,fsetxattr,link,linkat,rename,renameat,renameat2,unlink,unlinkat,close,"
                           "dup,dup2,dup3,fcntl,copy_file_range,sendfile,mmap", *argv],
                          input=stdin, capture_output=True, cwd=cwd, env=dict(os.environ, **env))
    assert done.returncode == 0, done
    with open(log) as f:
        for line in f:
            m = re.fullmatch(r"(\w+)\((.*)\) += (-?\d+|0x\w+|\?)(.*)\n", line)
            if m:
                yield m[1], split_arguments(m[2]), int(m[3], 0) if m[3] != "?" else 0


def split_arguments(text):
    out = []
    for part in re.findall(r'"(?:[^"\\]|\\.)*"|\[[^]]*\]|\{[^}]*\}|[^,]+', text):
        part = part.strip()
        if part.startswith('"'):
            part = ast.literal_eval("b" + part)
        if part != "":
            out.append(part)
    return out


class Recorder:
    """Turns the calls of mon-split into operations on a Disk; what it does not know is an error."""

    def __init__(self, root):
        self.disk, self.root = Disk(), root
        self.top = self.disk.new(self.disk.folders, {})  # the folder that will hold M
        self.syncs = 0
        self.claims = {}  # what files say of themselves to be synced: on the disk at once, as the worst case

    def names(self, folder):
        """The names in a folder as the running system sees them."""
        now = dict(self.disk.folders[folder][0])
        for name, target in self.disk.folders[folder][1]:
            if target is None:
                now.pop(name, None)
            else:
                now[name] = target
        return now

    def walk(self, fds, at, path):
        """(folder, last name) of a path of ours, or None."""
        path = path.decode()
        if path.startswith("/"):
            if not (path + "/").startswith(self.root + "/"):
                return None
            folder, parts = self.top, path[len(self.root):].strip("/").split("/")
        else:
            folder, parts = fds.get(at), path.split("/")
        if folder is None:
            return None
        for part in parts[:-1]:
            folder = self.names(folder)[part]
        return folder, parts[-1]

    def run(self, argv, stdin, cwd, env):
        """Yields after each call that changed something."""
        d, fds = self.disk, {}
        for call, a, result in record(argv, stdin, cwd, env):
            if result < 0 and call != "close":
                continue
            if call in ("open", "openat"):
                at, path, flags = (a[0], a[1], a[2]) if call == "openat" else ("AT_FDCWD", a[0], a[1])
                fds.pop(str(result), None)
                if path == b"." and "O_TMPFILE" in flags:
                    fds[str(result)] = d.new(d.files, b"")
                    continue
                if path == b".":
                    fds[str(result)] = fds.get(at)
                    continue
                if path == b"..":
                    fds[str(result)] = self.top if fds.get(at) is not None else None
                    continue
                found = (self.top, None) if path.decode() == self.root else self.walk(fds, at, path)
                if found is None:
                    continue
                folder, name = found
                if name is None:
                    fds[str(result)] = folder
                    continue
                names = self.names(folder)
                if name not in names:
                    assert "O_CREAT" in flags, (call, a)
                    names[name] = d.new(d.files, b"")
                    d.folders[folder][1].append((name, names[name]))
                fds[str(result)] = names[name]
                if "O_TRUNC" in flags:
                    d.files[names[name]][1].append(("cut", 0))
            elif call in ("mkdir", "mkdirat"):
                found = self.walk(fds, a[0] if call == "mkdirat" else None, a[1] if call == "mkdirat" else a[0])
                assert found, a
                d.folders[found[0]][1].append((found[1], d.new(d.folders, {})))
            elif call == "close":
                fds.pop(a[0], None)
                continue
            elif call in ("write", "pwrite64"):
                if a[0] not in fds:
                    continue  # stdout, stderr
                file = d.files[fds[a[0]]]
                size = len(self.now(fds[a[0]]))
                at = int(a[3]) if call == "pwrite64" else size
                file[1].append(("write", at if at <= size else size, a[1][:result]))
            elif call == "ftruncate":
                d.files[fds[a[0]]][1].append(("cut", int(a[1])))
            elif call == "fallocate":
                assert "KEEP_SIZE" in a[1], a
                continue
            elif call in ("fsync", "fdatasync"):
                node = fds[a[0]]
                self.syncs += 1
                if node in d.files:
                    d.files[node] = [self.now(node), []]
                else:
                    d.folders[node] = [self.names(node), []]
            elif call == "fsetxattr":
                assert a[1] == b"user.sys-monitor.synced", a
                self.claims[fds[a[0]]] = a[2]
            elif call == "linkat":
                old = fds[re.fullmatch(rb"/proc/self/fd/(\d+)", a[1])[1].decode()]
                d.folders[self.walk(fds, a[2], a[3])[0]][1].append((a[3].decode(), old))
            elif call in ("renameat", "renameat2"):
                folder, name = self.walk(fds, a[0], a[1])
                assert self.walk(fds, a[2], a[3])[0] == folder
                # One operation of the journal; the old name goes with it.
                d.folders[folder][1].append((a[3].decode(), self.names(folder)[name]))
                d.folders[folder][1].append((name, None))
            elif call in ("fcntl", "mmap"):
                assert call != "mmap" or "MAP_SHARED" not in str(a[3]) or "PROT_WRITE" not in str(a[2]), a
                continue
            else:
                raise AssertionError(f"power: unknown call {call}{a}")
            yield call

    def now(self, node):
        data = self.disk.files[node][0]
        for op in self.disk.files[node][1]:
            data = apply(data, op)
        return data

    def versions(self, node, step):
        """What a power cut may leave of a file."""
        data, ops = self.disk.files[node]
        out = [data]
        for i, op in enumerate(ops):
            if op[0] == "write":
                for upto in range(0, len(op[2]), step):
                    out.append(apply(data, op, upto))
                    out.append(apply(data, op, upto, nul=True))
                    for hole in (b"\0" * upto + op[2][upto:],
                                 op[2][:upto] + b"\0" * min(step, len(op[2]) - upto) + op[2][upto + step:]):
                        out.append(apply(data, ("write", op[1], hole)))
                        later = out[-1]
                        for more in ops[i + 1:]:
                            later = apply(later, more)
                        out.append(later)
            data = apply(data, op)
            out.append(data)
        return list(dict.fromkeys(out))

    def trees(self, step):
        """Every tree that a power cut may leave, as {path: (bytes, what they claim) or None for a folder}."""
        def folder_versions(node):
            names, later = dict(self.disk.folders[node][0]), self.disk.folders[node][1]
            yield dict(names)
            for name, target in later:
                names = {k: v for k, v in names.items() if k != name}
                if target is not None:
                    names[name] = target
                yield dict(names)

        def grow(node, path):
            for names in folder_versions(node):
                parts = []
                for name, target in sorted(names.items()):
                    where = f"{path}/{name}" if path else name
                    if target in self.disk.folders:
                        parts.append([{where: None, **t} for t in grow(target, where)])
                    else:
                        parts.append([{where: (data, self.claims.get(target))} for data in self.versions(target, step)])
                yield from combine(parts)

        def combine(parts):
            """All of one with the ends of the others: bytes that are on their way are independent."""
            ends = [[p[0], p[-1]] if len(p) > 2 else p for p in parts]
            for i in range(max(len(parts), 1)):
                choice = [parts[j] if j == i else ends[j] for j in range(len(parts))]
                for pick in itertools.product(*choice):
                    tree = {}
                    for piece in pick:
                        tree.update(piece)
                    yield tree

        yield from grow(self.top, "")


def power(work):
    strict = Strict()
    first = poll(f"{DAY}T10:00:00Z", 1)
    small = [first, poll(f"{DAY}T10:00:10Z", 2), poll(f"{NEXT}T00:00:00Z", 3, rows=2)]
    step = 1 if everything else 23
    cut_power(strict, work, "disk", {}, small, step)
    cut_power(strict, work, "disk-without-tmpfile", {"LD_PRELOAD": os.environ["MON_FAULT"], "FAULT_TMPFILE": "no"}, small, step)
    step = 4001 if everything else 40009
    large = [first, poll(f"{DAY}T10:00:10Z", 2, rows=1500), poll(f"{DAY}T10:00:20Z", 3, rows=4000), poll(f"{DAY}T10:00:30Z", 4)]
    recorder = cut_power(strict, work, "disk, large polls", {}, large, step)
    check("large polls made files say what was synced", len(recorder.claims) == 2, recorder.claims)
    # Several appends a file, none of them synced: none is promised.
    cut_power(strict, work, "disk, an import", {}, [first, poll(f"{DAY}T10:00:10Z", 2, rows=12000)], 4 * step, imports=True)
    finish_readers(strict)


def cut_power(strict, work, name, env, polls, step, imports=False):
    """After each call of these polls the power goes away.  The last is on the next day, or ${imports} without a sync."""
    root = os.path.join(work, name)
    os.mkdir(root)
    recorder, promised, cuts, seen, calls = Recorder(root), {}, 0, set(), set()
    for number, lines in enumerate(polls):
        last = number == len(polls) - 1
        points = recorder.run(["mon-split", "--dir", os.path.join(root, "M")] + ["--no-sync"] * (imports and last), lines, work, env)
        for call in itertools.chain(points, ["exit"]):
            cuts += 1
            calls.add(call)
            pending = rows_of(lines)
            if call == "exit" and not (imports and last):  # from now on they are promised
                for key, rows in pending.items():
                    promised[key] = promised.get(key, strict.header(key[1])) + rows
                pending = {}
            for tree in recorder.trees(step):
                key = (tuple(sorted(tree.items())), tuple(promised.items()))
                if key in seen:
                    continue
                seen.add(key)
                bad = try_tree(strict, work, tree, promised, pending)
                if bad:
                    check(f"{name}: poll {number + 1}, power cut after {call}", False,
                          "\n     ".join(bad[:4]) + f"\n     found: {show(tree)}")
    check(f"{name}: {len(seen)} states of it, from {cuts} power cuts in {len(polls)} polls with {recorder.syncs} syncs",
          len(seen) > 100 and recorder.syncs >= 8 and ("renameat" if env else "linkat") in calls, calls)
    return recorder


def show(tree):
    return {k: v if v is None else (v[0][-70:], v[1]) for k, v in tree.items()}


def try_tree(strict, work, tree, promised, pending):
    bad = []
    # The next poll comes on the same day, where nobody has written on the next one, and on the next.
    for day in ([] if any(NEXT in path for path in tree) else [DAY]) + [NEXT]:
        ts = f"{day}T11:00:00Z"
        base = os.path.join(work, "after")
        shutil.rmtree(base, ignore_errors=True)
        os.mkdir(base)
        for path, data in sorted(tree.items()):
            if data is None:
                os.mkdir(os.path.join(base, path))
                continue
            with open(os.path.join(base, path), "wb") as f:
                f.write(data[0])
            if data[1] is not None:
                os.setxattr(os.path.join(base, path), "user.sys-monitor.synced", data[1])
        lines = poll(ts, 9)
        later = rows_of(lines)
        done = split(os.path.join(base, "M"), lines)
        if done.returncode != 0:
            bad.append(f"the next mon-split: {done.returncode} {done.stderr}")
        found, _ = contents(os.path.join(base, "M"))
        bad += strict.check_folder(base)
        for key in set(found) | set(promised) | set(later):
            old, new = promised.get(key, strict.header(key[1])), later.get(key, b"")
            if not follows(found.get(key, old if key not in promised else b""), old, pending.get(key, b""), new):
                bad.append(f"{key}: not the promised rows, whole rows of the poll that was cut, and the next: {found.get(key, b'(no file)')[-300:]!r}")
    return bad


# ---- pipe

def pipe(work, rounds):
    strict = Strict()
    machine = os.path.join(work, "machine")
    os.makedirs(os.path.join(machine, "qubes"))
    os.makedirs(os.path.join(work, "run"))
    base = os.path.join(work, "M")
    answer = ("sys: 3.1,1.7,95.0,0.37,0.28,0.22,16310256,421234,15234567,0,0,1,0\\nnet: eth0,1,0,0,2,0,0\\n"
              "conn: 12,4\\nalert: Aug 31 12:00:00 a: b\\n")
    for name in ("personal", "vault2", "work"):
        with open(os.path.join(machine, "qubes", name), "w") as f:
            f.write(f"print={answer}\n")
    env = dict(os.environ, FAKE_QUBES=machine, MON_DIR=base, XDG_RUNTIME_DIR=os.path.join(work, "run"), TZ="UTC")
    sizes, whole, killed, missing, torn, span, start = {}, 0, 0, 0, 0, 0.02, time.time()
    dice = random.Random(int(os.environ.get("MON_SEED", time.time_ns())))
    tails = {}
    n = 0
    while killed < rounds:
        n += 1
        t = 1756598400 + 10 * n
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))
        script = (f"mon-vmstate --now {stamp} 2>/dev/null | mon-scrape --take --now {stamp} --self sys-monitor - 2>/dev/null"
                  " | mon-split; echo ${PIPESTATUS[@]}")
        begun = time.monotonic()
        p = subprocess.Popen(["bash", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=env, start_new_session=True)
        late = n % 10 == 0  # every tenth poll is let be
        if not late:
            time.sleep(dice.uniform(0, span))
            try:
                if p.poll() is None:
                    os.killpg(p.pid, signal.SIGKILL)
                    killed += 1
            except ProcessLookupError:
                pass  # it ended in between
        out, err = p.communicate()
        if late:
            span = max(0.002, 0.8 * span + 0.2 * 1.1 * (time.monotonic() - begun))  # the usual length of a poll
        done = out.split() == [b"0", b"0", b"0"]
        whole += done
        if late and not done:
            check(f"poll {n}, which was let be, ended well", False, out + err)
        torn += err.count(b"torn end")
        filed = new_rows(strict, base, sizes, tails)
        bad = [f for f in filed if isinstance(f, str)]
        mine = [f for f in filed if not isinstance(f, str)]
        if any(ts != stamp.encode() for ts, _ in mine):
            bad.append("rows of another poll")
        if done and len(mine) != 15:  # three qubes: sys, net, conn, alert, scrape
            bad.append(f"all ended with 0 and {len(mine)} rows of 15 are filed")
        if len(mine) < 15:
            missing += 1
        if bad:
            check(f"kill {n}", False, "\n     ".join(bad[:4]))
    split(base, poll(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t + 10)), 1))  # heals what the last one left
    bad = strict.check_folder(base)
    check(f"{n} polls, {killed} killed at a random moment: {whole} told of success, {missing} not filed in full, "
          f"{torn} torn ends healed", not bad and missing > rounds * 0.3, bad[:4] or "too few were hit")
    finish_readers(strict)
    print(f"{n / (time.time() - start):.0f} polls a second")


def new_rows(strict, base, sizes, tails):
    """(ts, file) of each whole new row, and complaints; what was there before must still be."""
    out = []
    for where, _, names in os.walk(base):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") as f:
                size = sizes.get(path, 0)
                check_from = max(0, size - 4096)
                f.seek(check_from)
                data = f.read()
            old, data = data[:size - check_from], data[size - check_from:]
            if old != tails.get(path, b""):
                out.append(f"{path}: rows of an earlier poll changed: {old[-80:]!r}")
            if size == 0 and data:
                if not data.startswith(strict.header(name)):
                    out.append(f"{path}: begins with {data[:60]!r}")
                    continue
            end = data.rfind(b"\n") + 1
            for row in data[:end].splitlines():
                if size == 0 and row + b"\n" == strict.header(name):
                    continue
                if not strict.row[name].fullmatch(row):
                    out.append(f"{path}: {row!r}")
                else:
                    out.append((row.split(b",", 1)[0], name))
            sizes[path] = size + end
            tails[path] = (old + data[:end])[-4096:] if sizes[path] >= 4096 else old + data[:end]
    return out


# ---- full

def full(work):
    if os.geteuid() != 0:
        print("skip: only root may mount")
        sys.exit(77)
    strict = Strict()
    image = os.path.join(work, "image")
    with open(image, "wb") as f:
        f.truncate(2 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-b", "1024", image], check=True)
    for what, argv in (("tmpfs", ["-t", "tmpfs", "-o", "size=256k", "none"]), ("ext4", ["-o", "loop", image])):
        at = os.path.join(work, what)
        os.mkdir(at)
        if subprocess.run(["mount", *argv, at], stderr=subprocess.DEVNULL).returncode != 0:
            print(f"skip {what}: this machine does not let us mount it")
            continue
        try:
            fill(strict, what, at)
        finally:
            subprocess.run(["umount", at], check=True)
    if not strict.distinct:
        sys.exit(77)
    finish_readers(strict)


def fill(strict, what, at):
    base, want, refused, n, broke = os.path.join(at, "M"), {}, 0, 0, []
    emptied = os.path.join(at, "other")
    with open(emptied, "wb") as f:
        f.write(b"x" * 65536)
    def one():
        nonlocal n, refused
        n += 1
        lines = poll(f"{DAY}T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z", n, ("conn", "alert", "state"), rows=40)
        done = split(base, lines)
        found, _ = contents(base)
        for key, rows in rows_of(lines).items():
            old = want.get(key, strict.header(key[1]))
            data = found.get(key, strict.header(key[1]))
            if data == old + rows:
                want[key] = data
            elif data == old and done.returncode == 1:
                refused += 1
            else:
                broke.append(f"poll {n}: exit {done.returncode}, {key}: {data[len(old):][:200]!r}")
        broke.extend(strict.check_folder(base))
        if done.returncode == 1 and b"free some space" not in done.stderr:
            broke.append(f"poll {n}: {done.stderr}")
        return done.returncode
    codes = [one() for _ in range(2000 if what == "ext4" else 150)] if what != "ext4" else []
    while what == "ext4" and codes[-8:] != [1] * 8 and n < 2000:
        codes.append(one())
    os.unlink(emptied)
    after = [one() for _ in range(3)]
    check(f"{what}: {n} polls, {codes.count(1)} of them refused on the full disk ({refused} files): whole rows or none, and said",
          codes.count(1) >= 8 and set(codes) == {0, 1} and not broke, broke[:4] or codes[-20:])
    check(f"{what}: with space again the next three polls are filed", after == [0, 0, 0], after)


def main():
    global everything
    args = [a for a in sys.argv[1:] if a != "--all"]
    everything = "--all" in sys.argv[1:]
    if not args or args[0] not in ("faults", "power", "pipe", "full"):
        print(__doc__, file=sys.stderr)
        return 2
    for v in list(os.environ):
        if v.startswith(("MON_", "FAULT_")) and v not in ("MON_FAULT", "MON_SEED"):
            del os.environ[v]
    os.environ.update(TZ="UTC", LC_ALL="C")
    work = os.path.realpath(tempfile.mkdtemp(prefix="mon-crash.", dir=None if args[0] == "pipe" else shm()))
    link_fault(work)
    try:
        if args[0] == "pipe":
            pipe(work, int(args[1]) if len(args) > 1 else 200)
        else:
            {"faults": faults, "power": power, "full": full}[args[0]](work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

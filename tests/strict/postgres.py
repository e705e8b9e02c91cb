"""postgres.py - PostgreSQL as a strict reader: \\copy into typed tables.

Its server is our own: a fresh folder, a socket in it and no network, an unprivileged user; it ends with us.
"""
import atexit
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

TYPES = {"stamp": "timestamptz", "integer": "bigint", "decimal": "numeric", "signed decimal": "numeric"}
USER = "nobody"  # for root, whom the server refuses
START_S = 30


def programs():
    """The folder of the newest server that is installed, or None."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    return os.path.dirname(max(found, key=lambda p: int(p.split("/")[4]))) if found else None


def why_not():
    """Why PostgreSQL cannot be asked here, or None."""
    if programs() is None or shutil.which("psql") is None:
        return "PostgreSQL is not installed (tests/setup long)"
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        return "root needs setpriv to start a server of PostgreSQL"
    return None


class Server:
    """Started at the first question."""
    running = None

    def __init__(self):
        self.at = tempfile.mkdtemp(prefix="mon-pg.")
        self.process = None
        atexit.register(self.stop)
        drop = ["setpriv"]
        if os.geteuid() == 0:
            user = pwd.getpwnam(USER)
            os.chown(self.at, user.pw_uid, user.pw_gid)
            drop += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        data, bin_, env = os.path.join(self.at, "data"), programs(), dict(os.environ, HOME=self.at, TZ="UTC", LC_ALL="C")
        made = subprocess.run([*drop, os.path.join(bin_, "initdb"), "-D", data, "-U", "mon", "-A", "trust", "-E", "UTF8", "--no-locale",
                               "--no-sync"], cwd=self.at, env=env, capture_output=True)
        if made.returncode != 0:
            raise RuntimeError(f"initdb: {made.stderr[-300:].decode()}")
        # Without us it has no reason to be: SIGQUIT when we die, also by kill -9.
        self.process = subprocess.Popen([*drop, "--pdeathsig", "QUIT", os.path.join(bin_, "postgres"), "-D", data, "-k", self.at, "-c",
                                         "listen_addresses=", "-c", "fsync=off"], cwd=self.at, env=env,
                                        stdout=subprocess.DEVNULL, stderr=open(os.path.join(self.at, "log"), "wb"))
        until = time.monotonic() + START_S
        while self.ask("SELECT 1;").returncode != 0:
            if self.process.poll() is not None or time.monotonic() > until:
                with open(os.path.join(self.at, "log"), "rb") as f:
                    raise RuntimeError(f"postgres does not start: {f.read()[-300:].decode()}")
            time.sleep(0.05)

    def ask(self, script):
        return subprocess.run(["psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-h", self.at, "-U", "mon", "-d", "postgres"],
                              input=script.encode(), capture_output=True, env=dict(os.environ, PGCLIENTENCODING="UTF8"))

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
        shutil.rmtree(self.at, ignore_errors=True)


def postgres(paths, columns, _):
    """A reader as strict.py has them: the complaint, or None."""
    if Server.running is None:
        try:
            Server.running = Server()
        except (RuntimeError, OSError, KeyError) as e:
            return f"its server: {e}"
    # An empty field is NULL to COPY; only a text may be empty.
    table = ", ".join(f'"{c}" {TYPES.get(s, "text")}{"" if s == "text" else " NOT NULL"}' for c, s in columns)
    want, script = 0, [f"CREATE TEMP TABLE t ({table});", "BEGIN;"]
    for path in paths:
        script.append(f"\\copy t FROM '{path}' WITH (FORMAT csv, HEADER MATCH)")
        with open(path, "rb") as f:
            want += f.read().count(b"\n") - 1
    done = Server.running.ask("\n".join(script + ["COMMIT;", "SELECT count(*) FROM t;"]) + "\n")
    if done.returncode != 0 or done.stderr:
        return done.stderr[-400:].decode(errors="replace")
    return None if done.stdout == b"%d\n" % want else f"{done.stdout.decode().strip()} of {want} rows"

"""daemons.py - peers that stay resident: node-exporter, zabbix-agent, collectd; on loopback only.

Each is a context: it runs inside it and is ended at its end.  sample() makes it gather its figures
once (for collectd, which has an interval, it waits for that), and cpu_us() is what it has used so far.
"""
import gzip
import http.client
import os
import shutil
import socket
import struct
import subprocess
import time

from bench import Failure

PATIENCE = 15  # seconds until a daemon must answer


def free_port():
    """Zabbix takes none above 32767."""
    for port in range(20000 + os.getpid() % 10000, 32767):
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Failure("there is no free port on loopback")


class Daemon:
    """A program in the foreground, with its children."""
    program = name = None
    samples = 5  # in one round

    def __init__(self, bench):
        self.bench, self.folder, self.port = bench, bench.folder(), free_port()

    @classmethod
    def missing(cls):
        return None if shutil.which(cls.program) else f"{cls.program} is not installed (tests/setup bench)"

    def __enter__(self):
        self.log = open(os.path.join(self.folder, "log"), "wb+")
        self.process = subprocess.Popen(self.argv(), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd=self.folder)
        try:
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def wait(self):
        """Until it answers."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self.sample()
            except (OSError, Failure, http.client.HTTPException) as e:
                if self.process.poll() is not None or time.monotonic() > end:
                    self.log.seek(0)
                    raise Failure(f"{self.program} does not answer: {e}; {self.log.read()[-400:].decode(errors='replace')}") from e
                time.sleep(0.1)

    def pids(self):
        """It and its children; the agents here have no grandchildren."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as text:
            return [self.process.pid] + [int(word) for word in text.read().split()]

    def cpu_us(self):
        """From the scheduler, to the nanosecond; /proc/PID/stat counts in hundredths of a second."""
        total = 0
        for pid in self.pids():
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat") as text:
                    total += int(text.read().split()[0])
        return total / 1000

    def resident_kb(self):
        """Its share of memory (PSS): what a library shares with others counts in part."""
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/smaps_rollup") as text:
                total += sum(int(line.split()[1]) for line in text if line.startswith("Pss:"))
        return total


class NodeExporter(Daemon):
    program, name = "prometheus-node-exporter", "node-exporter, a scrape"

    def argv(self):
        return [self.program, f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"]

    def sample(self):
        """As Prometheus asks: with gzip."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"})
        body = connection.getresponse().read()
        connection.close()
        if b"node_cpu_seconds_total" not in gzip.decompress(body):
            raise Failure("its answer has no node_cpu_seconds_total")
        return len(body)


class ZabbixAgent(Daemon):
    program, name = "zabbix_agentd", "zabbix-agent, the same figures"
    ITEMS = ("system.cpu.util[,user]", "system.cpu.util[,system]", "system.cpu.util[,idle]", "system.cpu.load[all,avg1]",
             "system.cpu.load[all,avg5]", "system.cpu.load[all,avg15]", "vm.memory.size[total]", "vm.memory.size[used]",
             "vm.memory.size[available]", "system.swap.size[,total]", "system.swap.size[,used]", "net.if.in[lo,bytes]",
             "net.if.in[lo,errors]", "net.if.in[lo,dropped]", "net.if.out[lo,bytes]", "net.if.out[lo,errors]",
             "net.if.out[lo,dropped]", "vfs.fs.size[/,total]", "vfs.fs.size[/,used]", "vfs.fs.size[/,free]",
             "vfs.fs.size[/,pused]")

    def argv(self):
        path = os.path.join(self.folder, "conf")
        with open(path, "w") as out:
            out.write(f"Server=127.0.0.1\nListenIP=127.0.0.1\nListenPort={self.port}\nStartAgents=1\nAllowRoot=1\n"
                      f"Hostname=bench\nLogType=console\nPidFile={self.folder}/pid\n")
        return [self.program, "-f", "-c", path]

    def sample(self):
        return sum(self.ask(item) for item in self.ITEMS)

    def ask(self, item):
        key = item.encode()
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as s:
            s.sendall(b"ZBXD\1" + struct.pack("<II", len(key), 0) + key)
            answer = b""
            while chunk := s.recv(4096):
                answer += chunk
        if answer[:5] != b"ZBXD\1" or b"ZBX_NOTSUPPORTED" in answer and b"Collector" not in answer:
            raise Failure(f"it does not know {item}: {answer!r}")
        return len(answer)


class Collectd(Daemon):
    program, name = "collectd", "collectd, an interval"
    samples = 1
    PLUGINS = ("cpu", "load", "memory", "swap", "interface", "df", "tcpconns", "processes")

    def argv(self):
        self.data, path = os.path.join(self.folder, "data"), os.path.join(self.folder, "conf")
        with open(path, "w") as out:
            out.write(f'Hostname "bench"\nFQDNLookup false\nInterval 1\nBaseDir "{self.folder}"\nPIDFile "{self.folder}/pid"\n'
                      'TypesDB "/usr/share/collectd/types.db"\nLoadPlugin logfile\n<Plugin logfile>\nLogLevel err\nFile stdout\n</Plugin>\n'
                      + "".join(f"LoadPlugin {p}\n" for p in self.PLUGINS + ("csv",))
                      + f'<Plugin csv>\nDataDir "{self.data}"\n</Plugin>\n')
        return [self.program, "-f", "-C", path]

    def sample(self):
        """One interval; the bytes are those it writes to its CSV files."""
        before = self.written()
        time.sleep(1)
        if before == 0:
            raise Failure("it has written nothing")
        return self.written() - before

    def written(self):
        return sum(os.stat(os.path.join(at, name)).st_size for at, _, names in os.walk(self.data) for name in names)


ALL = (NodeExporter, ZabbixAgent, Collectd)

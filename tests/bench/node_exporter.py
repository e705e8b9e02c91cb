"""node_exporter.py - a peer that stays resident, on loopback only; a context, ended at its end."""
import gzip
import http.client
import socket
import subprocess
import time

from bench import Failure, cpu_us

PROGRAM = "prometheus-node-exporter"
PATIENCE = 15  # seconds until it must answer


class NodeExporter:
    def __init__(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]

    def __enter__(self):
        self.process = subprocess.Popen([PROGRAM, f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.scrape()
                return self
            except (OSError, Failure, http.client.HTTPException) as e:
                if self.process.poll() is not None or time.monotonic() > end:
                    self.__exit__()
                    raise Failure(f"{PROGRAM} does not answer: {e}") from e
                time.sleep(0.1)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def scrape(self):
        """As Prometheus asks: with gzip."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"})
        body = connection.getresponse().read()
        connection.close()
        if b"node_cpu_seconds_total" not in gzip.decompress(body):
            raise Failure("its answer has no node_cpu_seconds_total")

    def cpu_us(self):
        return cpu_us(self.process.pid)

    def resident_kb(self):
        """Its share of memory (PSS): what a library shares with others counts in part."""
        with open(f"/proc/{self.process.pid}/smaps_rollup") as text:
            return sum(int(line.split()[1]) for line in text if line.startswith("Pss:"))

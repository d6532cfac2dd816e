"""Endpoints that the tests start: Sail, and a Spark of a master and two workers on loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

SPARK_PYTHON = os.environ.get("PSX_TEST_SPARK", "")
"""The Python of an environment with Apache Spark; `make test-spark` makes one."""

_SAIL = """
import sys, time
from pysail.spark import SparkConnectServer
server = SparkConnectServer("127.0.0.1", int(sys.argv[1]))
server.start(background=True)
while True:
    time.sleep(1)
"""


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def wait_until(is_so: Callable[[], object], seconds: float, what: str) -> None:
    """Wait for something; a test that waits too long fails."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@dataclass
class Endpoint:
    """Where a Spark Connect server listens, and the processes that make it."""

    name: str
    port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"sc://127.0.0.1:{self.port}"

    def kill(self, name: str) -> None:
        """`kill -9` one of the processes, with what it started."""
        process = self.processes[name]
        for child in children(process.pid):
            _kill(child)
        _kill(process.pid)
        process.wait()


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def children(process: int) -> list[int]:
    """The processes that `process` started, and those that these did."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, parent = status.read_text().rpartition(")")[::2]
        except OSError:
            continue
        if int(parent.split()[1]) == process:
            child = int(pid.split()[0])
            found += [child, *children(child)]
    return found


def command_line(process: int) -> str:
    try:
        return (Path("/proc") / str(process) / "cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


@contextmanager
def sail(settings: Mapping[str, str] = {}) -> Iterator[Endpoint]:
    """A Sail server in a process of its own, with `settings` in its environment."""
    endpoint = Endpoint("sail", free_port())
    command = [sys.executable, "-c", _SAIL, str(endpoint.port)]
    with _running(endpoint):
        _start(endpoint, "server", command, settings)
        wait_until(lambda: answers(endpoint.port), 60, "Sail")
        yield endpoint


@contextmanager
def spark(
    folder: Path, worker_count: int = 2, settings: Mapping[str, str] = {}
) -> Iterator[Endpoint]:
    """A standalone Spark: a master, workers with one executor each, and its Connect server.

    `settings` are added to those of the server.
    """
    home = Path(SPARK_PYTHON).parent.parent
    (package,) = home.glob("lib/python3*/site-packages/pyspark")
    start = str(package / "bin" / "spark-class")
    master, endpoint = free_port(), Endpoint("spark", free_port())
    environment = {
        "SPARK_HOME": str(package),
        "PYSPARK_PYTHON": SPARK_PYTHON,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_LOCAL_DIRS": str(folder / "local"),
    }
    address = f"spark://127.0.0.1:{master}"
    deploy = "org.apache.spark.deploy"
    with _running(endpoint):
        command = [start, f"{deploy}.master.Master", "--host", "127.0.0.1", "--port", str(master)]
        _start(endpoint, "master", [*command, "--webui-port", "0"], environment, folder)
        wait_until(lambda: answers(master), 120, "the master")
        for number in range(worker_count):
            command = [start, f"{deploy}.worker.Worker", "--host", "127.0.0.1", "--cores", "1"]
            command += ["--memory", "1g", "--webui-port", "0", address]
            _start(endpoint, f"worker{number}", command, environment, folder)
        command = [str(package / "bin" / "spark-submit"), "--master", address]
        command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
        command += ["--driver-memory", "2g"]
        for setting in (
            "spark.executor.memory=1g",
            "spark.executor.cores=1",
            "spark.ui.enabled=false",
            "spark.connect.grpc.binding.address=127.0.0.1",
            f"spark.connect.grpc.binding.port={endpoint.port}",
            *(f"{key}={value}" for key, value in settings.items()),
        ):
            command += ["--conf", setting]
        _start(endpoint, "server", [*command, "spark-internal"], environment, folder)
        wait_until(lambda: answers(endpoint.port), 240, "Spark Connect")
        yield endpoint


def _start(
    endpoint: Endpoint,
    name: str,
    command: list[str],
    settings: Mapping[str, str],
    folder: Path | None = None,
) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PSX_")}
    log = (folder / f"{name}.log").open("wb") if folder else subprocess.DEVNULL
    endpoint.processes[name] = subprocess.Popen(
        command, env={**environment, **settings}, stdout=log, stderr=subprocess.STDOUT
    )


@contextmanager
def _running(endpoint: Endpoint) -> Iterator[None]:
    try:
        yield
    finally:
        for name in reversed(endpoint.processes):
            endpoint.kill(name)

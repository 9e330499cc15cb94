"""The world a workload runs in, each part a process of its own: a TLS file host, M2M's API, the way to both."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import certifi

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rig.workloads import Workload

HERE = Path(__file__).parent
_MEMORY = Path("/dev/shm")
_NGINX = """
daemon off; master_process off; worker_processes 1; pid {place}/pid; error_log {place}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; keepalive_requests 1000000; default_type application/octet-stream;
  types {{ image/tiff TIF; text/plain txt; application/x-tar tar; }}
  client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi;
  uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl backlog=1024; root {place}/files; limit_rate {rate};
    ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {place}/host.pem; ssl_certificate_key {place}/key.pem;
    location = /gen-bundle {{
      rewrite ^ /$arg_landsat_product_id.tar break;
      add_header Content-Disposition 'attachment; filename="$arg_landsat_product_id.tar"';
    }}
    location ~ /(?<file>[^/]+)$ {{
      rewrite ^ /$file break;
      add_header Content-Disposition 'attachment; filename="$file"';
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Host:
    """Where everything is, as clients see it."""

    origin: str
    """Of the file host, from afar if there is a distance."""
    api: str
    username: str
    token: str
    trust: Path
    """The certificates of the public authorities and of the file host: loading them costs what it costs in life."""
    folder: Path
    """What the file host serves."""

    @property
    def environment(self) -> dict[str, str]:
        """What makes clients use it."""
        return {
            "M2MSYNC_ENDPOINT": self.api,
            "M2M_USERNAME": self.username,
            "M2M_TOKEN": self.token,
            "USGS_USERNAME": self.username,
            "USGS_TOKEN": self.token,
            "REQUESTS_CA_BUNDLE": str(self.trust),
        }


@contextmanager
def hosting(job: Workload) -> Iterator[Host]:
    """Run what a workload needs, with its files in memory where there is a file system for that."""
    with tempfile.TemporaryDirectory(prefix="m2msync-host-", dir=_MEMORY if _MEMORY.is_dir() else None) as name:
        place = Path(name)
        (place / "files").mkdir()
        trust = _certify(place)
        with (
            _nginx(place, job.rate) as port,
            relaying(port, job.latency) as near,
            _service(job, place / "files", f"https://127.0.0.1:{near}") as told,
            relaying(port_of(told["url"]), job.latency) as api,
        ):
            yield Host(
                f"https://127.0.0.1:{near}", f"http://127.0.0.1:{api}{urlsplit(told['url']).path}",
                told["username"], told["token"], trust, place / "files",
            )  # fmt: skip


def port_of(url: str) -> int:
    """Return the port of an address that names one."""
    return urlsplit(url).port or 0


@contextmanager
def relaying(port: int, trip: float, *, always: bool = False) -> Iterator[int]:
    """Yield the port that leads to another one over a distance; without distance that port itself."""
    if not trip and not always:
        yield port
        return
    with _told([sys.executable, str(HERE / "relay.py"), str(trip), str(port)]) as ports:
        yield ports[0]


@contextmanager
def _service(job: Workload, folder: Path, origin: str) -> Iterator[dict[str, str]]:
    bands = ",".join(job.bands) or "all"
    with _told([sys.executable, str(HERE / "service.py"), str(folder), origin, str(job.size), bands]) as told:
        yield told


@contextmanager
def _told(command: Sequence[str]) -> Iterator[Any]:
    """Run a program that prints one line of JSON when it is ready, and ends with its standard input."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()


@contextmanager
def _nginx(place: Path, rate: int) -> Iterator[int]:
    port = _free_port()
    (place / "nginx.conf").write_text(_NGINX.format(place=place, port=port, rate=rate), encoding="utf-8")
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    command = [program or "nginx", "-p", str(place), "-c", "nginx.conf", "-e", str(place / "error.log")]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            _await(port, place / "host.pem")
            yield port
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _await(port: int, certificate: Path) -> None:
    """Wait until the file host answers under its certificate."""
    context = ssl.create_default_context(cafile=str(certificate))
    for _ in range(100):
        try:
            with (
                socket.create_connection(("127.0.0.1", port), 5) as plain,
                context.wrap_socket(plain, server_hostname="127.0.0.1"),
            ):
                return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise SystemExit("nginx does not answer; its error is printed above")


def _certify(place: Path) -> Path:
    """Make the host's certificate, and return a bundle of it and the public authorities."""
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "7", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-keyout", str(place / "key.pem"), "-out", str(place / "host.pem"),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    bundle = place / "trust.pem"
    public = Path(certifi.where()).read_text(encoding="utf-8")
    bundle.write_text(public + (place / "host.pem").read_text(encoding="utf-8"), encoding="utf-8")
    return bundle

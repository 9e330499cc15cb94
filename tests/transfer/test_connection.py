"""Connections to file hosts: kept and shared, trusted for one reason only, and nothing of ours travels along."""

from __future__ import annotations

import ssl
from base64 import b64encode
from queue import SimpleQueue
from typing import TYPE_CHECKING

import certifi
import pytest

from m2msync.core.errors import Interrupted
from m2msync.transfer import connection as module
from m2msync.transfer.body import Patience
from m2msync.transfer.connection import Connections

from .host import answer, headers, redirect

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

    from .host import Host


@pytest.fixture
def connections() -> Iterator[Connections]:
    made = Connections()
    yield made
    made.close()


def get(connections: Connections, url: str) -> bytes:
    with connections.ask(url, {}, Patience()) as answered:
        return answered.body.read(1 << 20, decode_content=False)


def test_a_connection_serves_one_file_after_the_other(host: Host, connections: Connections) -> None:
    def serve(sock: socket.socket, head: str) -> None:
        for more in range(3):
            sock.sendall(answer(b"x" * more, Connection="keep-alive"))
            host.asked.append(sock.recv(65536).decode("latin-1"))

    host.sends(serve, b"another connection")
    bodies = [get(connections, f"{host.url}/{number}") for number in range(3)]
    assert bodies == [b"", b"x", b"xx"]
    assert [head.split()[1] for head in host.asked[:3]] == ["/0", "/1", "/2"]


@pytest.mark.parametrize("hop", [answer(b"moved", 302, Connection="keep-alive", Location="/file"), None])
def test_a_connection_serves_a_redirect_and_its_file(
    host: Host, connections: Connections, hop: bytes | None
) -> None:
    """Unless a body without end comes with the redirect."""

    def serve(sock: socket.socket, head: str) -> None:
        sock.sendall(hop or answer(bytes(1 << 17), 302, Connection="keep-alive", Location="/file"))
        if sock.recv(65536):
            sock.sendall(answer(b"the same"))

    host.sends(serve, answer(b"another"))
    assert get(connections, f"{host.url}/") == (b"the same" if hop else b"another")


def test_a_connection_is_closed_when_its_body_was_not_read(host: Host, connections: Connections) -> None:
    ends: SimpleQueue[bytes] = SimpleQueue()

    def serve(sock: socket.socket, head: str) -> None:
        sock.sendall(answer(b"x" * 99, Connection="keep-alive")[:-1])
        ends.put(sock.recv(65536))

    host.sends(serve, answer(b"another"))
    with connections.ask(f"{host.url}/", {}, Patience()) as answered:
        answered.body.read1(50, decode_content=False)
    assert get(connections, f"{host.url}/") == b"another"
    assert ends.get(timeout=60) == b""


def context(connections: Connections, host: str = "landsatlook.example") -> ssl.SSLContext:
    """Return what a connection to a host would be made with."""
    made = connections._manager(f"https://{host}/file").connection_from_url(f"https://{host}/")._new_conn()
    assert (made.ca_certs, made.ca_cert_dir) == (None, None)  # or they would be read again
    return made.ssl_context


def test_all_hosts_share_one_tls_context(connections: Connections) -> None:
    assert context(connections) is context(connections, "other.example")
    assert context(connections).verify_mode is ssl.CERT_REQUIRED
    assert context(connections).check_hostname
    assert len(context(connections).get_ca_certs()) > 50


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Return a bundle of one certificate."""
    first, end, _ = certifi.contents().partition("-----END CERTIFICATE-----\n")
    place = tmp_path / "bundle.pem"
    place.write_text(first + end)
    return place


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_of_the_environment_is_trusted_and_no_other(
    connections: Connections, bundle: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, str(bundle))
    assert len(context(connections).get_ca_certs()) == 1


def test_a_folder_of_certificates_will_do(
    connections: Connections, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    assert context(connections).get_ca_certs() == []


def test_a_bundle_that_is_not_there_is_an_error(
    connections: Connections, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "bundle.pem"))
    with pytest.raises(OSError, match="No such file"):
        context(connections)


def test_files_are_asked_for_as_they_are(host: Host, connections: Connections) -> None:
    host.sends(answer(b"x"))
    get(connections, f"{host.url}/file")
    assert headers(host.asked[0])["accept-encoding"] == "identity"


@pytest.mark.parametrize("hops", [0, 1, 2])
def test_no_credentials_travel_along(
    host: Host, connections: Connections, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hops: int
) -> None:
    """Neither those of netrc, nor cookies, nor what a URL holds before its host."""
    (tmp_path / "netrc").write_text("default login carl password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    # By another name of this machine, which is another host to a client.
    elsewhere = host.url.replace("127.0.0.1", "carl:secret@localhost")
    steps = [answer(status=302, Location=f"{elsewhere}/{hop}", Set_Cookie="a=b") for hop in range(hops)]
    host.sends(*steps, answer(b"x"))
    assert get(connections, f"{host.url}/file") == b"x"
    assert len(host.asked) == hops + 1
    assert not any({"authorization", "cookie", "referer"} & headers(head).keys() for head in host.asked)


@pytest.mark.parametrize(("hops", "arrives"), [(5, True), (6, False)])
def test_redirects_come_to_an_end(host: Host, connections: Connections, hops: int, arrives: bool) -> None:
    host.sends(*[redirect("/again")] * hops, answer(b"x"))
    if arrives:
        assert get(connections, f"{host.url}/file") == b"x"
    else:
        with pytest.raises(Interrupted, match=r"127\.0\.0\.1 redirects again and again"):
            get(connections, f"{host.url}/file")
        assert len(host.asked) == 6


def test_where_a_file_came_from_is_told(host: Host, connections: Connections) -> None:
    host.sends(redirect("there/file?a=b"), answer(b"x"))
    with connections.ask(f"{host.url}/here/", {}, Patience()) as answered:
        assert (answered.url, answered.redirected) == (f"{host.url}/here/there/file?a=b", True)


@pytest.mark.parametrize(
    ("url", "location", "onward"),
    [
        ("https://a.example/x/y", "z", "https://a.example/x/z"),
        ("https://a.example/x/y", "//b.example/z", "https://b.example/z"),
        ("http://a.example/x", "https://a.example/x", "https://a.example/x"),
        ("https://a.example/x", "/\u00e9".encode().decode("latin-1"), "https://a.example/\u00e9"),
        ("https://a.example/x", "http://a.example/x", None),
        ("https://a.example/x", "file:///etc/passwd", None),
        ("http://a.example/x", "ftp://a.example/x", None),
    ],
)
def test_a_redirect_never_leaves_tls_nor_http(url: str, location: str, onward: str | None) -> None:
    if onward:
        assert module._next_hop(url, location) == onward
    else:
        with pytest.raises(Interrupted, match="redirects to where no file can be fetched from"):
            module._next_hop(url, location)


def test_no_proxy_stands_before_this_machine(
    host: Host, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    host.sends(answer(b"x"))
    assert get(connections, f"{host.url}/file") == b"x"


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_proxy_stands_before_others(
    host: Host, connections: Connections, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("http_proxy", scheme + host.url.replace("http://", "carl:secret@"))
    host.sends(answer(b"from the proxy"))
    assert get(connections, "http://landsatlook.example/file") == b"from the proxy"
    assert host.asked[0].startswith("GET http://landsatlook.example/file HTTP/1.1")
    basic = b64encode(b"carl:secret").decode()
    assert headers(host.asked[0])["proxy-authorization"] == f"Basic {basic}"


def test_some_hosts_are_kept_from_the_proxy(
    host: Host, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", host.url)
    monkeypatch.setenv("no_proxy", "usgs.example")
    assert connections._manager("https://landsatlook.example/").proxy is not None
    assert connections._manager("https://landsatlook.usgs.example/").proxy is None

"""Connections to file hosts: one per thread, and nothing of ours travels along."""

from __future__ import annotations

import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import certifi
import pytest
import requests

from m2msync.transfer.connection import connection

from .host import answer, headers, redirect

if TYPE_CHECKING:
    from pathlib import Path

    from urllib3.connectionpool import HTTPSConnectionPool

    from .host import Host


def test_a_thread_keeps_its_session_and_shares_it_with_nobody() -> None:
    with ThreadPoolExecutor(1) as other:
        theirs = [other.submit(connection).result() for _ in range(2)]
    ours = [connection() for _ in range(2)]
    assert ours[0] is ours[1]
    assert theirs[0] is theirs[1]
    assert ours[0] is not theirs[0]


def pool(verify: bool | str = True) -> HTTPSConnectionPool:
    """Return the connections to a host as requests sets them up."""
    url = "https://landsatlook.example/file"
    adapter = connection().get_adapter(url)
    made = adapter.get_connection_with_tls_context(requests.Request("GET", url).prepare(), verify)
    adapter.cert_verify(made, url, verify, None)
    return made


def context(verify: bool | str = True) -> ssl.SSLContext:
    return pool(verify)._new_conn().ssl_context


def test_all_sessions_share_one_tls_context() -> None:
    with ThreadPoolExecutor(1) as other:
        assert other.submit(context).result() is context()
    assert context().verify_mode is ssl.CERT_REQUIRED
    assert context().check_hostname
    assert len(context().get_ca_certs()) > 50


def test_no_connection_reads_the_certificates_again() -> None:
    made = pool()._new_conn()
    assert (made.cert_reqs, made.ca_certs, made.ca_cert_dir) == ("CERT_REQUIRED", None, None)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Return a bundle of one certificate."""
    first, end, _ = certifi.contents().partition("-----END CERTIFICATE-----\n")
    place = tmp_path / "bundle.pem"
    place.write_text(first + end)
    return place


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_of_the_environment_is_trusted_and_no_other(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, str(bundle))
    session = connection()
    settings = session.merge_environment_settings("https://landsatlook.example/", {}, True, None, None)
    assert len(context(settings["verify"]).get_ca_certs()) == 1
    assert len(context().get_ca_certs()) > 50


def test_a_folder_of_certificates_will_do(tmp_path: Path) -> None:
    assert context(str(tmp_path)).get_ca_certs() == []


def test_a_bundle_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"No such file|Could not find"):
        pool(str(tmp_path / "bundle.pem"))


def test_files_are_asked_for_as_they_are(host: Host) -> None:
    host.sends(answer(b"x"))
    connection().get(f"{host.url}/file")
    assert headers(host.asked[0])["accept-encoding"] == "identity"


@pytest.mark.parametrize("hops", [0, 1, 2])
def test_no_credentials_of_netrc_travel_along(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hops: int
) -> None:
    (tmp_path / "netrc").write_text("default login carl password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    # By another name of this machine, which is another host to a client.
    elsewhere = host.url.replace("127.0.0.1", "localhost")
    host.sends(*[redirect(f"{elsewhere}/{hop}") for hop in range(hops)], answer(b"x"))
    assert connection().get(f"{host.url}/file").content == b"x"
    assert len(host.asked) == hops + 1
    assert all("authorization" not in headers(head) for head in host.asked)


def test_no_proxy_stands_before_this_machine(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    host.sends(answer(b"x"))
    assert connection().get(f"{host.url}/file").content == b"x"


def test_a_proxy_stands_before_others(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", host.url)
    host.sends(answer(b"from the proxy"))
    assert connection().get("http://landsatlook.example/file").content == b"from the proxy"
    assert host.asked[0].startswith("GET http://landsatlook.example/file HTTP/1.1")

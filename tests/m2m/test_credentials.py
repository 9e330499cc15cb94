"""Where credentials and the address come from, and what is never told about them."""

from __future__ import annotations

import subprocess
import sys
import traceback
from typing import TYPE_CHECKING

import pytest
from pockets import Locked, Pocket, in_use

from m2msync.core.errors import CredentialsError, M2MSyncError, UsageError
from m2msync.core.secrets import Secret
from m2msync.m2m.credentials import (
    PUBLIC_ENDPOINT,
    Credentials,
    chosen,
    find_credentials,
    find_endpoint,
    forget,
    origin_of,
    remember,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANARY = "canary-token"


@pytest.fixture
def netrc(tmp_path: Path) -> Path:
    return tmp_path / "netrc"


@pytest.fixture
def pocket() -> Iterator[Pocket]:
    """A keyring that works; the others of the tests have one that keeps nothing."""
    with in_use(Pocket()) as backend:
        yield backend


def found(endpoint: str | None = None, **environ: str) -> tuple[str, str]:
    credentials = find_credentials(environ, endpoint)
    return credentials.username, credentials.token.reveal()


def with_locals(error: BaseException) -> str:
    """Return all that a traceback may show."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def test_our_own_pair_goes_before_the_older_names(netrc: Path) -> None:
    netrc.write_text("machine m2m.cr.usgs.gov login carl password c")
    ours = {"M2M_USERNAME": "anna", "M2M_TOKEN": " a\n"}
    older = {"USGS_USERNAME": "bert", "USGS_TOKEN": "b"}
    assert found(**ours, **older, NETRC=str(netrc)) == ("anna", "a")
    assert found(**older, NETRC=str(netrc)) == ("bert", "b")
    assert found(NETRC=str(netrc)) == ("carl", "c")


def test_the_keyring_goes_before_netrc_and_after_the_environment(netrc: Path, pocket: Pocket) -> None:
    netrc.write_text("machine m2m.cr.usgs.gov login carl password c")
    remember(Credentials("dora", Secret("d")), PUBLIC_ENDPOINT)
    assert found(NETRC=str(netrc)) == ("dora", "d")
    assert found(NETRC=str(netrc), USGS_USERNAME="bert", USGS_TOKEN="b") == ("bert", "b")
    assert forget(PUBLIC_ENDPOINT) is True
    assert forget(PUBLIC_ENDPOINT) is False
    assert found(NETRC=str(netrc)) == ("carl", "c")


def test_the_keyring_is_not_touched_when_the_environment_has_credentials() -> None:
    script = (
        "import sys; from m2msync.m2m.credentials import find_credentials as find;"
        "find({'M2M_USERNAME': 'anna', 'M2M_TOKEN': 'a'}); assert 'keyring' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


BOX = "http://127.0.0.1:8642/api/api/json/stable/"
OWN = "https://M2M.example/api/"


@pytest.mark.parametrize("keep", ["keyring", "netrc"])
def test_what_is_stored_for_one_host_never_goes_to_another(netrc: Path, pocket: Pocket, keep: str) -> None:
    for endpoint, host, user in ((PUBLIC_ENDPOINT, "m2m.cr.usgs.gov", "usgs"), (BOX, "127.0.0.1", "box")):
        if keep == "keyring":
            remember(Credentials(user, Secret(CANARY)), endpoint)
        else:
            netrc.write_text(
                f"{netrc.read_text() if netrc.exists() else ''}machine {host} login {user} password x\n"
            )
    environ = {"NETRC": str(netrc)}
    assert found(PUBLIC_ENDPOINT, **environ)[0] == found(**environ)[0] == "usgs"
    assert found(BOX, **environ)[0] == found(M2MSYNC_ENDPOINT=BOX, **environ)[0] == "box"
    with pytest.raises(CredentialsError, match=r"no credentials for m2m\.example found"):
        found(OWN, **environ)
    # What the environment names is the user's own choice, whatever the endpoint.
    assert found(OWN, M2M_USERNAME="anna", M2M_TOKEN="a", **environ) == ("anna", "a")


def test_where_they_were_found_is_told(netrc: Path, pocket: Pocket) -> None:
    netrc.write_text("machine 127.0.0.1 login carl password c")
    remember(Credentials("dora", Secret("d")), PUBLIC_ENDPOINT)
    environ = {"NETRC": str(netrc)}
    pair = {"USGS_USERNAME": "bert", "USGS_TOKEN": "b"}
    sources = [find_credentials(environ | pair), find_credentials(environ), find_credentials(environ, BOX)]
    assert [s.source for s in sources] == ["USGS_USERNAME and USGS_TOKEN", "the keyring", str(netrc)]


def test_a_locked_keyring_is_passed_over_and_told_when_nothing_else_is_found(netrc: Path) -> None:
    with in_use(Locked()):
        with pytest.raises(CredentialsError, match=r"the keyring cannot be read .the collection is locked"):
            found(NETRC=str(netrc))
        netrc.write_text("machine m2m.cr.usgs.gov login carl password c")
        assert found(NETRC=str(netrc)) == ("carl", "c")


@pytest.mark.parametrize("entry", ["", "token", "[]", "null", '{"username": "dora"}'])
def test_an_entry_of_the_keyring_that_is_not_ours_is_passed_over(netrc: Path, pocket: Pocket, entry: str) -> None:
    pocket.kept["m2msync", "m2m.cr.usgs.gov"] = entry
    with pytest.raises(CredentialsError, match="no credentials"):
        found(NETRC=str(netrc))


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        ({}, ""),
        ({"M2M_USERNAME": " "}, ""),
        ({"USGS_TOKEN": "b"}, "USGS_USERNAME and USGS_TOKEN"),
        ({"M2M_USERNAME": "anna", "M2M_TOKEN": "a", "USGS_TOKEN": "b"}, "M2M_USERNAME and M2M_TOKEN"),
    ],
)
def test_the_variables_that_go_first_are_named(environ: dict[str, str], names: str) -> None:
    assert chosen(environ) == names


@pytest.mark.parametrize(
    "environ",
    [
        {"M2M_TOKEN": CANARY},
        {"M2M_USERNAME": "anna", "USGS_TOKEN": CANARY},
        {"M2MSYNC_ENDPOINT": "ftp://x", "NOTE": CANARY},
        {"M2MSYNC_ENDPOINT": "http://m2m.example", "NOTE": CANARY},
        {"NETRC": "/", "NOTE": CANARY},
    ],
)
def test_the_environment_shows_in_no_traceback_even_with_local_variables(environ: dict[str, str]) -> None:
    with pytest.raises(M2MSyncError) as caught:
        find_credentials(environ)
    # The outermost frame is this test, which knows.
    caught.value.__traceback__ = caught.value.__traceback__.tb_next
    told = with_locals(caught.value)
    assert "find_credentials" in told
    assert CANARY not in told


def test_a_token_on_its_way_to_the_keyring_shows_in_no_traceback() -> None:
    with in_use(Locked()), pytest.raises(CredentialsError, match="did not take") as caught:
        remember(Credentials("dora", Secret(CANARY)), PUBLIC_ENDPOINT)
    assert CANARY not in with_locals(caught.value)


@pytest.mark.parametrize(
    ("environ", "absent"),
    [
        ({"M2M_USERNAME": "anna"}, "M2M_TOKEN"),
        ({"M2M_TOKEN": CANARY, "USGS_USERNAME": "bert", "USGS_TOKEN": "b"}, "M2M_USERNAME"),
        ({"USGS_TOKEN": CANARY, "M2M_USERNAME": " "}, "USGS_USERNAME"),
    ],
)
def test_half_a_pair_is_told_rather_than_passed_over(environ: dict[str, str], absent: str) -> None:
    with pytest.raises(CredentialsError, match=f"^{absent} is not set") as caught:
        find_credentials(environ)
    assert CANARY not in str(caught.value)


def test_the_netrc_of_the_home_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / ".netrc").write_text("machine m2m.cr.usgs.gov login carl password c")
    assert found() == ("carl", "c")


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"machine ers.cr.usgs.gov login carl password {CANARY}",
        f"default login carl password {CANARY}",
        f"machine m2m.cr.usgs.gov password {CANARY}",
        "machine m2m.cr.usgs.gov login carl",
    ],
)
def test_no_other_entry_of_netrc_is_used(netrc: Path, text: str) -> None:
    netrc.write_text(text)
    with pytest.raises(CredentialsError, match=r"no credentials for m2m\.cr\.usgs\.gov found") as caught:
        find_credentials({"NETRC": str(netrc)})
    assert "--sandbox" in caught.value.hint
    assert caught.value.exit_code == 5


def test_no_netrc_is_no_credentials(netrc: Path) -> None:
    with pytest.raises(CredentialsError, match=r"no credentials for m2m\.cr\.usgs\.gov found"):
        find_credentials({"NETRC": str(netrc)})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (f"\nmachine m2m.cr.usgs.gov login carl password a {CANARY}\n".encode(), "line 3 of"),
        (CANARY.encode(), "line 1 of"),
        (b"machine \xff\xfe", "not text"),
    ],
)
def test_a_broken_netrc_is_told_without_quoting_it(netrc: Path, content: bytes, why: str) -> None:
    netrc.write_bytes(content)
    with pytest.raises(CredentialsError, match=why) as caught:
        find_credentials({"NETRC": str(netrc)})
    assert str(netrc) in caught.value.message
    assert CANARY not in str(caught.value)


def test_a_folder_is_no_netrc(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="cannot be read"):
        find_credentials({"NETRC": str(tmp_path)})


def test_a_token_does_not_print() -> None:
    credentials = Credentials("anna", Secret(CANARY))
    assert CANARY not in f"{credentials} {credentials!r} {credentials.token}"
    assert "anna" in repr(credentials)


@pytest.mark.parametrize(
    ("told", "endpoint"),
    [
        ("", PUBLIC_ENDPOINT),
        ("  ", PUBLIC_ENDPOINT),
        ("https://m2m.example/api", "https://m2m.example/api/"),
        (" HTTPS://m2m.example/api// ", "HTTPS://m2m.example/api/"),
        ("http://127.0.0.1:8642/api/", "http://127.0.0.1:8642/api/"),
        ("http://localhost/api", "http://localhost/api/"),
        ("http://[::1]:8642", "http://[::1]:8642/"),
    ],
)
def test_the_address_ends_in_one_slash(told: str, endpoint: str) -> None:
    assert find_endpoint({"M2MSYNC_ENDPOINT": told}) == endpoint


@pytest.mark.parametrize(
    "told", ["m2m.cr.usgs.gov", "ftp://m2m.cr.usgs.gov/", "https://", "http://[::1", "https://host:port/", "/api"]
)
def test_what_is_no_address_is_refused(told: str) -> None:
    with pytest.raises(UsageError, match="not a URL") as caught:
        find_endpoint({"M2MSYNC_ENDPOINT": told})
    assert PUBLIC_ENDPOINT in caught.value.hint


@pytest.mark.parametrize("told", [f"https://me:{CANARY}@m2m.example/", f"https://{CANARY}@[half"])
def test_an_address_with_a_password_is_refused_without_quoting_it(told: str) -> None:
    with pytest.raises(UsageError, match="holds a user name or password") as caught:
        find_endpoint({"M2MSYNC_ENDPOINT": told})
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("host", ["m2m.cr.usgs.gov", "10.0.0.1", "localhost.example", "127.0.0.1.example"])
def test_a_token_never_travels_unprotected(host: str) -> None:
    with pytest.raises(M2MSyncError, match=f"plain http to {host}"):
        find_endpoint({"M2MSYNC_ENDPOINT": f"http://{host}/api/"})


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        (PUBLIC_ENDPOINT, "m2m.cr.usgs.gov"),
        ("http://127.0.0.1:8642/api/", "sandbox"),
        ("http://localhost:1/", "sandbox"),
        ("http://[::1]:1/", "sandbox"),
    ],
)
def test_products_of_this_machine_come_from_a_sandbox(endpoint: str, origin: str) -> None:
    assert origin_of(endpoint) == origin

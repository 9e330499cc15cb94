"""Secrets and signed links stay out of everything that is printed."""

from __future__ import annotations

import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.secrets import Link, Secret, veiled

SIGNED = "https://landsatlook.example:8443/data/X_B2.TIF?requestSignature=eyJzaWduYXR1cmUiOiJ4In0="


def printed(value):
    return [
        str(value),
        repr(value),
        f"{value}",
        f"{value!r}",
        f"{[value]}",
        f"{ {'token': value} }",
    ]


@given(st.text())
def test_a_secret_prints_as_stars_wherever_it_ends_up(token):
    secret = Secret(token)
    assert secret.reveal() == token
    assert set(printed(secret)) == {"***", "[***]", "{'token': ***}"}


def test_a_secret_in_an_exception_is_not_in_its_traceback():
    error = ValueError(Secret("hunter22"))
    assert "hunter22" not in "".join(traceback.format_exception(error))


def test_secrets_are_compared_by_value_and_cannot_be_changed():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    with pytest.raises(AttributeError):
        Secret("a")._value = "b"


def test_a_link_prints_without_its_path_and_query():
    link = Link(SIGNED)
    assert link.reveal() == SIGNED
    assert str(link) == repr(link) == "https://landsatlook.example:8443/…"
    assert not [text for text in printed(link) if "Signature" in text or "X_B2" in text]


def test_the_path_of_a_dds_link_is_itself_a_credential():
    assert "eyJpZCI6" not in str(Link("https://dds.example/download/eyJpZCI6MSwiY29udGFjdElkIjoxfQ=="))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (SIGNED, "landsatlook.example:8443"),
        ("http://127.0.0.1:80/x", "127.0.0.1:80"),
        ("https://user:pass@h.example/x", "h.example"),
        ("https://user:p@ss@h.example/x", "h.example"),
        ("", ""),
    ],
)
def test_a_link_tells_its_host_without_credentials(url, host):
    assert Link(url).host == host
    assert "pass" not in str(Link(url))


def test_a_link_travels_to_another_process():
    assert pickle.loads(pickle.dumps(Link(SIGNED))).reveal() == SIGNED


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("see https://ers.cr.usgs.gov/profile/access.", "see https://ers.cr.usgs.gov/profile/access."),
        ("(https://h:1/data/B2.TIF?requestSignature=abc)", "(https://h:1/…)"),
        ("ftp it with requestSignature=abc&x=1", "ftp it with requestSignature=***&x=1"),
        ("http://you:word@h/f", "http://h/…"),
        ("http://[half", "http://[half"),
        ("", ""),
    ],
)
def test_what_servers_tell_is_shown_without_signatures(told, shown):
    assert veiled(told, Secret("token"), Secret("")) == shown
    assert veiled(f"{told} token") == f"{shown} token"
    assert veiled(f"{told} token", Secret("token")) == f"{shown} ***"

"""The system's keyring: what it keeps, and how its troubles are told."""

import os
import subprocess
import sys

import keyring
import pytest
from keyring.backends import chainer, fail, null
from pockets import Locked, Pocket, Torn, in_use

from m2msync.core.secrets import Secret
from m2msync.m2m import keychain

CANARY = "canary-token-31c9"
HOST = "m2m.cr.usgs.gov"


@pytest.fixture
def pocket():
    with in_use(Pocket()) as backend:
        yield backend


@pytest.fixture
def uninstalled(monkeypatch):
    """Let the keyring package be absent."""
    known = keychain.find_spec
    monkeypatch.setattr(keychain, "find_spec", lambda name: None if name == "keyring" else known(name))


def test_what_is_kept_is_recalled_for_its_host_alone(pocket):
    keychain.keep(HOST, Secret(CANARY))
    assert keychain.recall(HOST) == Secret(CANARY)
    assert keychain.recall("127.0.0.1") is None
    assert pocket.kept == {("m2msync", HOST): CANARY}


def test_what_is_kept_replaces_what_was(pocket):
    keychain.keep(HOST, Secret("old"))
    keychain.keep(HOST, Secret(CANARY))
    assert keychain.recall(HOST) == Secret(CANARY)


def test_dropping_tells_whether_there_was_something(pocket):
    keychain.keep(HOST, Secret(CANARY))
    assert keychain.drop(HOST) is True
    assert keychain.drop(HOST) is False
    assert not pocket.kept


@pytest.mark.parametrize("backend", [fail.Keyring(), null.Keyring()])
def test_without_a_place_to_keep_it_nothing_is_found_and_storing_says_why(backend):
    with in_use(backend):
        assert keychain.recall(HOST) is None
        assert keychain.drop(HOST) is False
        with pytest.raises(keychain.NoKeyring, match="offers no keyring") as caught:
            keychain.name()
    assert "M2M_TOKEN" in caught.value.hint
    assert caught.value.exit_code == 5


def test_without_the_package_nothing_is_found_and_storing_names_the_extra(uninstalled):
    assert keychain.recall(HOST) is None
    assert keychain.drop(HOST) is False
    for act in (keychain.name, lambda: keychain.keep(HOST, Secret(CANARY))):
        with pytest.raises(keychain.NoKeyring, match="not installed") as caught:
            act()
        assert 'pip install "m2msync[keyring]"' in caught.value.hint


def test_a_keyring_that_loses_the_token_is_caught_at_once():
    with in_use(Torn()), pytest.raises(keychain.KeyringTrouble, match="did not keep"):
        keychain.keep(HOST, Secret(CANARY))


def test_a_keyring_in_trouble_is_told_without_what_it_was_given():
    with in_use(Locked()):
        with pytest.raises(keychain.KeyringTrouble, match=r"cannot be read .the collection is locked"):
            keychain.recall(HOST)
        with pytest.raises(keychain.KeyringTrouble, match=r"did not take the token .cannot store \*\*\*"):
            keychain.keep(HOST, Secret(CANARY))


def test_a_keyring_that_cannot_even_be_imported_is_trouble():
    script = (
        "from m2msync.m2m import keychain\n"
        "try: keychain.recall('x')\n"
        "except keychain.KeyringTrouble as told: print(told.message)"
    )
    environment = os.environ | {"PYTHON_KEYRING_BACKEND": "nonsense.Keyring"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "the keyring cannot be read (No module named 'nonsense')\n"


def test_its_name_is_that_of_every_keyring_behind_a_chain(pocket, monkeypatch):
    assert keychain.name() == "pockets Pocket"
    monkeypatch.setattr(keyring.backend, "get_all_keyring", lambda: [Pocket(), Torn(), fail.Keyring()])
    with in_use(chainer.ChainerBackend()):
        assert keychain.name() == "pockets Pocket, pockets Torn"

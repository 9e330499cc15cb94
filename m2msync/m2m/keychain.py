"""The operating system's keyring: one secret per host, under the service name `m2msync`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar

from m2msync.core.errors import CredentialsError
from m2msync.core.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    Answer = TypeVar("Answer")

SERVICE = "m2msync"
_WITHOUT = "M2M_USERNAME and M2M_TOKEN in the environment, or ~/.netrc, work without a keyring."


class NoKeyring(CredentialsError):
    """This machine has no keyring that can be used."""


class KeyringTrouble(CredentialsError):
    """There is a keyring, but it did not do what it was asked, for example because it is locked."""


def name() -> str:
    """Return what the keyring in use calls itself, e.g. `SecretService Keyring`.

    Raises:
        NoKeyring: the package is not installed, or it finds nowhere to keep a secret.
        KeyringTrouble: it cannot be set up.
    """
    return _asked("cannot be used", _name)


def recall(host: str) -> Secret | None:
    """Return what is kept for a host; None where nothing is, or where there is no keyring at all.

    Raises:
        KeyringTrouble: the keyring did not answer.
    """
    try:
        return _asked("cannot be read", lambda ring: _veiled(ring.get_password(SERVICE, host)))
    except NoKeyring:
        return None


def keep(host: str, secret: Secret) -> None:
    """Keep a secret for a host, in place of what was kept for it.

    Raises:
        NoKeyring: there is nowhere to keep it.
        KeyringTrouble: the keyring refused it, or lost it at once.
    """
    _asked("did not take the token", lambda ring: ring.set_password(SERVICE, host, secret.reveal()), secret)
    # Some take everything and keep nothing (keyring.backends.null).
    if recall(host) != secret:
        raise KeyringTrouble("the keyring did not keep the token", hint=_WITHOUT)


def drop(host: str) -> bool:
    """Remove what is kept for a host, and return whether there was something.

    Raises:
        KeyringTrouble: the keyring did not let go of it.
    """
    if recall(host) is None:
        return False
    _asked("did not remove the token", lambda ring: ring.delete_password(SERVICE, host))
    return True


def _asked(failure: str, act: Callable[[ModuleType], Answer], secret: Secret | None = None) -> Answer:
    """Do something with the keyring package, and tell its troubles without the secret it was given.

    Not a context manager: the frames of contextlib would hold the original error, whose text may quote the secret.
    """
    if find_spec("keyring") is None:
        raise NoKeyring("the keyring package is not installed", hint=f'pip install "m2msync[keyring]". {_WITHOUT}')
    try:
        import keyring  # noqa: PLC0415 - optional, and slow where it has to look around

        return act(keyring)
    except Exception as error:  # noqa: BLE001 - keyrings raise whatever the libraries of their system raise
        if type(error).__name__ == "NoKeyringError":
            raise NoKeyring("this machine offers no keyring", hint=_WITHOUT) from None
        why = str(error) or type(error).__name__
        if secret is not None:
            why = why.replace(secret.reveal(), "***")
        raise KeyringTrouble(f"the keyring {failure} ({why})", hint=f"Unlock it or set it up; {_WITHOUT}") from None


def _name(ring: ModuleType) -> str:
    backend = ring.get_keyring()
    # The chainer is several keyrings in a row; a priority of 0 or less marks those that keep nothing.
    kept = [b for b in getattr(backend, "backends", [backend]) if b.priority > 0]
    if not kept:
        raise ring.errors.NoKeyringError
    return ", ".join(b.name for b in kept)


def _veiled(kept: str | None) -> Secret | None:
    return None if kept is None else Secret(kept)

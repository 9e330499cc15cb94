"""Gathers the facts for `doctor`: the service, the account, this machine, and a manifest's store and catalog."""

from __future__ import annotations

import os
import platform
import shutil
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from m2msync import manifests
from m2msync.catalog import health
from m2msync.core import checks
from m2msync.core.addresses import is_remote
from m2msync.core.diagnosis import Check, Diagnosis, problem, unchecked
from m2msync.core.errors import CredentialsError, M2MSyncError
from m2msync.m2m import account, keychain
from m2msync.m2m.contact import Contact, knock
from m2msync.m2m.credentials import EXPIRY_ADVICE, find_credentials, find_endpoint
from m2msync.m2m.session import Patience, Session
from m2msync.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from m2msync.core.model import Manifest
    from m2msync.m2m.credentials import Credentials
    from m2msync.store import Store

Found = TypeVar("Found")

_PATIENCE = Patience(first=5, later=5)  # somebody is waiting for the answer
_ACCOUNT = ("account", "role", "quota", "notices")
_SILENT = "M2M cannot be asked"
_PACKAGES = ("m2msync", "requests", "urllib3", "urllib3-future")


def examine(manifest: str | None = None) -> Diagnosis:
    """Look at everything a run depends on; what is broken hides nothing else.

    Args:
        manifest: the file of a manifest whose store and catalog shall be looked at too.
    """
    # The environment is never a variable or an argument here: it holds tokens, and tracebacks may show those.
    endpoint = _tried("endpoint", lambda: find_endpoint(os.environ))
    contact = endpoint if isinstance(endpoint, Check) else _tried("endpoint", lambda: knock(endpoint))
    found = _tried("credentials", lambda: find_credentials(os.environ))
    address = "" if isinstance(endpoint, Check) else endpoint
    answers = isinstance(contact, Contact) and contact.trouble is None
    looked: tuple[Iterable[Check], ...] = (
        _contact(address, contact),
        [found if isinstance(found, Check) else checks.credentials(found.username, found.source)],
        _account(address, found) if answers else _unchecked(_ACCOUNT, _SILENT),
        [_tried("keyring", lambda: _keyring(needed=isinstance(found, Check))), _tried("versions", _versions)],
        _place(manifest) if manifest else (),
    )
    return Diagnosis(address, tuple(chain.from_iterable(looked)))


def _contact(endpoint: str, contact: Contact | Check) -> Iterator[Check]:
    if isinstance(contact, Check):
        yield contact
        yield unchecked("clock", _SILENT)
    else:
        yield checks.endpoint(endpoint, contact.seconds, contact.trouble)
        yield checks.clock(contact.ahead)


def _account(endpoint: str, credentials: Credentials | Check) -> Iterator[Check]:
    if isinstance(credentials, Check):
        yield from _unchecked(_ACCOUNT, "there are no credentials")
        return
    with Session(endpoint, credentials, patience=_PATIENCE) as session:
        rights = _tried("account", lambda: account.rights_of(session))
        if isinstance(rights, Check):
            yield _with_source(rights, credentials.source)
            yield from _unchecked(_ACCOUNT[1:], "the login failed")
            return
        yield Check("account", "ok", f"{credentials.username} can log in")
        lacking = account.lacking_role(rights)
        yield problem("role", lacking) if lacking else Check("role", "ok", f"granted: {', '.join(rights)}")
        yield _tried("quota", lambda: checks.quota(account.allowances_of(session)))
        yield _tried("notices", lambda: checks.notices(account.notices_for(session)))


def _with_source(refused: Check, source: str) -> Check:
    if refused.exit_code != CredentialsError.exit_code:
        return refused
    return replace(refused, hint=f"They come from {source}. {EXPIRY_ADVICE}")


def _keyring(*, needed: bool) -> Check:
    try:
        return checks.keyring(keychain.name(), "", needed=needed)
    except keychain.NoKeyring as none:
        return checks.keyring(none.message, none.hint, needed=needed)


def _versions() -> Check:
    installed = {"Python": platform.python_version()}
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            installed[name] = version(name)
    return checks.versions(installed)


def _place(file: str) -> Iterator[Check]:
    manifest = _tried("manifest", lambda: manifests.load(file))
    if isinstance(manifest, Check):
        yield manifest
        yield from _unchecked(("disk", "catalog"), "the manifest is not usable")
        return
    yield Check("manifest", "ok", manifest.file)
    if is_remote(manifest.store):
        yield from _bucket(manifest)
    else:
        yield _tried("disk", lambda: _disk(Path(manifest.store)))
    yield _tried("catalog", lambda: _catalog(manifest.catalog))


def _bucket(manifest: Manifest) -> Iterator[Check]:
    store = _tried("store", lambda: open_store(manifest.store, manifest.scratch))
    if isinstance(store, Check):
        yield store
        yield unchecked("disk", "the store cannot be opened")
        return
    yield _tried("disk", lambda: _disk(store.scratch.folder))
    yield _tried("store", lambda: _reached(store))


def _reached(store: Store) -> Check:
    store.sizes(["m2msync"])  # whatever the answer, there is one
    return Check("store", "ok", f"{store.url} can be listed")


def _disk(store: Path) -> Check:
    folder = next(place for place in (store, *store.parents) if place.exists())
    writable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    return checks.disk(shutil.disk_usage(folder).free, str(folder), writable=writable)


def _catalog(path: str) -> Check:
    if not Path(path).exists():
        return Check("catalog", "ok", f"none yet; the first apply makes {path}")
    return checks.catalog(path, health.damage(path), health.writer(f"{path}.lock"))


def _unchecked(names: Iterable[str], reason: str) -> Iterator[Check]:
    return (unchecked(name, reason) for name in names)


def _tried(name: str, look: Callable[[], Found]) -> Found | Check:
    """Return what was found, or the check that tells why nothing was."""
    try:
        return look()
    except M2MSyncError as error:
        return problem(name, error)
    except OSError as error:
        return Check(name, "problem", error.strerror or type(error).__name__, exit_code=1)
    except Exception as error:  # noqa: BLE001 - a mistake in one check must not hide the others
        told = f"this check met an error it does not know ({type(error).__name__}); this is a bug"
        return Check(name, "problem", told, "please report it", exit_code=1)

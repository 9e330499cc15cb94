"""Opens the store that a manifest names."""

from __future__ import annotations

from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from m2msync.core.addresses import is_remote, read_address
from m2msync.core.errors import UsageError
from m2msync.core.naming import sanitise
from m2msync.core.wording import Unfit
from m2msync.store.local import LocalStore

if TYPE_CHECKING:
    from m2msync.core.addresses import Address
    from m2msync.store.contract import Store


def open_store(url: str, scratch: str | Path = "") -> Store:
    """Return a store; nothing is read or written yet, and no connection made.

    Args:
        url: a folder, or `s3://bucket/prefix`.
        scratch: a folder of this machine in which every object store gets one of its own, for what is unfinished;
            by default in the user's cache. A folder as a store does without.

    Raises:
        UsageError: files cannot appear there whole or not at all, or the library that speaks S3 is not installed.
    """
    if not is_remote(url):
        return LocalStore(url)
    try:
        address = read_address(url)
    except Unfit as unfit:
        raise UsageError(unfit.message, hint=unfit.hint) from None
    if find_spec("s3fs") is None:
        raise UsageError("a store in a bucket needs s3fs, which is not installed", hint='pip install "m2msync[s3]"')
    from m2msync.store.objects import ObjectStore  # noqa: PLC0415 - a folder does without

    return ObjectStore(address, _scratch_of(address, scratch))


def _scratch_of(address: Address, base: str | Path) -> Path:
    from platformdirs import user_cache_path  # noqa: PLC0415 - only needed here

    # By the address and nothing else: manifests that share a store then share its lock on this machine.
    digest = sha256(address.url.encode()).hexdigest()[:16]
    return (Path(base) if base else user_cache_path("m2msync", appauthor=False)) / sanitise(
        f"{address.bucket}-{digest}"
    )

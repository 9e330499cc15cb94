"""What a test fetches, and a fetch as its caller sees it."""

from __future__ import annotations

import hashlib
import random
import struct
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from m2msync.core.errors import M2MSyncError, TransferError
from m2msync.core.persistence import Persistence
from m2msync.core.secrets import Link
from m2msync.transfer.fetch import Transfer
from m2msync.transfer.job import Fetched, Job

if TYPE_CHECKING:
    from m2msync.store import Store

    from .host import Host

L1 = "LC09_L1TP_011059_20230328_20230329_02_T1"
SIGNATURE = "canary-signature"
MTL = b"GROUP = LANDSAT_METADATA_FILE\n  A = 1\nEND_GROUP = LANDSAT_METADATA_FILE\nEND\n"
HTML = b"<!DOCTYPE html>\n<html><body>Sign in to continue</body></html>"


def tiff(pixels: bytes = b"\x07" * 4096) -> bytes:
    """Return a TIFF of one strip; its directory comes first, so that only the pixels can be cut off."""
    tags = [
        (256, 3, 64),
        (257, 3, 64),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 0),
        (278, 3, 64),
        (279, 4, 0),
    ]
    start = 8 + 2 + 12 * len(tags) + 4
    values = {273: start, 279: len(pixels)}
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, values.get(tag, value)) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + pixels


BAND = tiff()
LARGE = tiff(random.Random(1).randbytes(400_000))
OTHER = tiff(random.Random(2).randbytes(400_000))


def sha512(body: bytes) -> str:
    return f"sha512:{hashlib.sha512(body).hexdigest()}"


def job(name: str = "B2.TIF", **told: Any) -> Job:
    filename = f"{L1}_{name}"
    return Job(f"landsat_ot_c2_l1/{filename}", f"islands/{filename}", filename, **told)


def fetch(transfer: Transfer, pauses: list[float]) -> Fetched:
    """Fetch a product over one connection as long as there is hope, and note the pauses between attempts."""
    persistence = Persistence()
    while True:
        try:
            fetched = transfer.attempt(transfer.sections.waiting() or 0)
        except TransferError as error:
            wait = persistence.pause_after(error, transfer.sections.held)
            transfer.renew()
            if wait is None:
                raise
            if wait:
                pauses.append(wait)
        else:
            if fetched is not None:
                return fetched


class Attempt:
    """What a fetch does, as its caller sees it."""

    def __init__(self, host: Host, store: Store) -> None:
        self.host, self.store = host, store
        self.link = Link(f"{host.url}/data/{L1}_B2.TIF?requestSignature={SIGNATURE}")
        self.pauses: list[float] = []
        self.told: list[tuple[str, int]] = []
        self.on_bytes = lambda key, number: self.told.append((key, number))

    def __call__(self, wanted: Job, **more: Any) -> Fetched:
        return fetch(Transfer(wanted, self.link, self.store, on_bytes=self.on_bytes, **more), self.pauses)

    def fails(self, wanted: Job, kind: type[M2MSyncError], **more: Any) -> M2MSyncError:
        """Fetch in vain: nothing may be visible, and the signature in no text."""
        with pytest.raises(M2MSyncError) as caught:
            self(wanted, **more)
        assert type(caught.value) is kind
        assert self.visible() == {}
        told = "".join([*traceback.format_exception(caught.value), str(caught.value), *self.quarantined().values()])
        assert SIGNATURE not in told
        return caught.value

    @property
    def received(self) -> int:
        """How many bytes came, as the caller was told."""
        return sum(number for _, number in self.told)

    def visible(self) -> dict[str, bytes]:
        """Return every file of the store outside its private folder."""
        files = (path for path in self.store.root.rglob("*") if path.is_file())
        places = {path.relative_to(self.store.root).as_posix(): path for path in files}
        return {place: path.read_bytes() for place, path in places.items() if not place.startswith(".m2msync/")}

    def left(self) -> list[str]:
        """Return what is kept of files that have not come whole."""
        return sorted(path.name for path in self.store.root.glob(".m2msync/partial/*"))

    def quarantined(self) -> dict[str, str]:
        """Return the files in quarantine, each with its reason."""
        files = list(self.store.root.glob(".m2msync/quarantine/*"))
        reasons = {path: path.with_name(f"{path.name}.txt") for path in files}
        return {path.name: reason.read_text().strip() for path, reason in reasons.items() if reason in files}

"""Who fetches: the threads of this process, or the workers of a dask cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from m2msync.core.wording import Unfit

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROTOCOLS = ("tcp", "tls")
_WAYS_OUT = "write threads, dask:local:4, dask:tcp://host:8786 or dask:file:/path/scheduler.json"


@dataclass(frozen=True, slots=True)
class Crew:
    """Who fetches the files of a run."""

    kind: Literal["threads", "local", "address", "file"] = "threads"
    address: str = ""
    """Of the scheduler, or the file that its address is in."""
    workers: int = 0
    """Processes to start here, for a crew that is local."""
    scratch: str = ""
    """Where workers keep what is unfinished of objects; empty for where dask has them keep their own files."""


THREADS = Crew()


def read_crew(text: str) -> Crew:
    """Return the crew that `threads`, `dask:ADDRESS`, `dask:file:PATH` or `dask:local:N` names.

    Raises:
        Unfit: it names none.
    """
    if text == "threads":
        return THREADS
    system, _, rest = text.partition(":")
    kind, _, where = rest.partition(":")
    if system != "dask" or not rest:
        raise Unfit(f"{text!r} is not an executor", _WAYS_OUT)
    if kind == "local":
        return Crew("local", workers=_read_number(text, where))
    if kind == "file":
        if not where:
            raise Unfit(f"{text!r} names no file", _WAYS_OUT)
        return Crew("file", where)
    return Crew("address", _read_address(text, rest))


def _read_number(text: str, told: str) -> int:
    if not (told.isascii() and told.isdecimal() and 1 <= int(told) <= 999):  # noqa: PLR2004 - a typing error above
        raise Unfit(f"{text!r} does not say how many processes", "write e.g. dask:local:4")
    return int(told)


def _read_address(text: str, address: str) -> str:
    protocol, separator, rest = address.rpartition("://")
    host, _, port = rest.rpartition(":")
    if not (host and port.isascii() and port.isdecimal()) or (separator and protocol not in _PROTOCOLS):
        raise Unfit(f"{text!r} does not say where the scheduler is", "write e.g. dask:tcp://host:8786")
    return address if separator else f"tcp://{address}"


@dataclass(frozen=True, slots=True)
class Versions:
    """What has to be the same on both sides of a cluster: what travels is pickled, by dask's own protocol."""

    distributed: str
    python: str
    """Major and minor version."""
    m2msync: str = ""
    """Empty where none is needed, as in a scheduler."""


def disagreement(ours: Versions, theirs: Mapping[str, Versions]) -> str:
    """Return a sentence about those whose versions differ from ours, empty when none do.

    Args:
        ours: of this process.
        theirs: by what they are called.
    """
    found = []
    for name, other in theirs.items():
        pairs = (
            ("m2msync", ours.m2msync, other.m2msync or ours.m2msync),
            ("distributed", ours.distributed, other.distributed),
            ("Python", ours.python, other.python),
        )
        found += [f"{name} has {what} {has}, here it is {here}" for what, here, has in pairs if here != has]
    more = f", and {len(found) - 1} more of the kind" if found[1:] else ""
    return f"{found[0]}{more}" if found else ""

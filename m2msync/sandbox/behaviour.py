"""Which of the service's ways the sandbox plays where the recordings differ or nothing was recorded."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """The download quota, each counted per user and per IP address (api.md §4.1)."""

    recent: int = 15_000
    pending: int = 20_000
    unattempted: int = 20_000


@dataclass(frozen=True, slots=True)
class Staging:
    """How products that are not delivered at once become available (api.md §5).

    Args:
        systems: the download systems that stage; `ls_s3` are the single files, `ls_zip` and `dds_ms` the bundles.
        polls: how many download-retrieve calls see an item before it is available.
        seconds: how long, by the sandbox's clock, it takes besides.
        silent: how many first calls answer as if the item did not exist.
        silent_to_all: they do so of what is not staged as well, as rslearn saw of Landsat.
        vanish: drop an item once it has been handed over as available.
        doubled: list available items among the requested ones too.
    """

    systems: frozenset[str] = frozenset({"dds"})
    polls: int = 2
    seconds: float = 0.0
    silent: int = 1
    silent_to_all: bool = False
    vanish: bool = False
    doubled: bool = False


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The defaults are today's service; older ways are a switch each.

    Args:
        session_id: envelopes have a sessionId (2021 and 2023: yes; others: no).
        new_records: download-request tells the new downloads' labels in newRecords.
        named_entries: entries of download-request name their entityId (since 2025).
        remaining_limits: download-request tells the remaining quota (since 2024).
        steady_pages: nothing arrives while a client pages through a search.
        filename_star: Content-Disposition names files with `filename*`, not `filename` (api.md §10.2).
        checksums: options and secondaries carry sha512 (since 2025).
        one_at_a_time: a second API request of an account in flight is refused (api.md §4.2).
        envelopes: a search matches the bounds of an image, not its footprint; which of them the service compares is
            not recorded.
        idle_seconds: after how long without a request a key expires.
        signature_seconds: how long a file URL works; the real lifetime is unknown.
        latency: seconds each API call takes.
        limits: the download quota.
        staging: how staged products become available.
    """

    session_id: bool = True
    new_records: bool = True
    named_entries: bool = True
    remaining_limits: bool = True
    steady_pages: bool = True
    filename_star: bool = False
    checksums: bool = True
    one_at_a_time: bool = True
    envelopes: bool = False
    idle_seconds: float = 7200.0
    signature_seconds: float = 3600.0
    latency: float = 0.0
    limits: Limits = field(default_factory=Limits)
    staging: Staging = field(default_factory=Staging)

"""What the facts that `doctor` gathers mean: one function per check, from facts to a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m2msync.core.diagnosis import Allowance, Check, Notice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from m2msync.core.errors import M2MSyncError

_TOLERABLE_SKEW = 60.0
"""Seconds that two clocks may differ."""
_LITTLE_SPACE = 1_000_000_000
"""Bytes, enough for a few bands."""
_LONGEST = 240
"""Characters of a service notice that are shown."""
_COUNTS = {
    "recentDownloadCount": "in 15 minutes",
    "pendingDownloadCount": "pending",
    "unattemptedDownloadCount": "not yet fetched",
}
_WHOSE = {"user": "the account", "ip": "this address"}
_REINSTALL = "pip uninstall niquests urllib3-future; pip install --force-reinstall urllib3 requests"


def endpoint(address: str, seconds: float, trouble: M2MSyncError | None) -> Check:
    """Judge how an endpoint answered a stranger.

    Args:
        address: its URL.
        seconds: how long the answer took.
        trouble: why the answer is not M2M's, None when it is.
    """
    if trouble is None:
        return Check("endpoint", "ok", f"{address}\nanswered in {seconds:.1f} s")
    hint = trouble.hint or "Check M2MSYNC_ENDPOINT."
    return Check("endpoint", "problem", f"{address}\n{trouble.message}", hint, trouble.exit_code)


def clock(ahead: float | None) -> Check:
    """Judge how many seconds M2M's clock is ahead of this machine's; None when it told no time."""
    if ahead is None:
        return Check("clock", "ok", "M2M tells no time to compare with")
    if abs(ahead) <= _TOLERABLE_SKEW:
        return Check("clock", "ok", "agrees with M2M's to the minute")
    way = "behind" if ahead > 0 else "ahead of"
    told = f"this machine's clock is {abs(ahead):,.0f} seconds {way} M2M's"
    return Check("clock", "warning", told, "Set it; certificates and signed links are judged by the time.")


def credentials(username: str, source: str) -> Check:
    """Tell whose credentials were found, and where."""
    return Check("credentials", "ok", f"{username}, from {source}")


def quota(allowances: Sequence[Allowance]) -> Check:
    """Judge what may still be ordered, by this account and from this address."""
    if not allowances:
        return Check("quota", "warning", "M2M does not tell what is left of it")
    told = "\n".join(map(_left, allowances))
    if any(left <= 0 for allowance in allowances for _, left, _ in allowance.left):
        return Check("quota", "warning", told, "It is used up for now; an apply will stop with exit code 6.")
    return Check("quota", "ok", told)


def notices(given: Sequence[Notice]) -> Check:
    """Tell what the service wants its users to know, each notice on a line of its own."""
    grave = any(notice.grave for notice in given)
    return Check("notices", "warning" if grave else "ok", "\n".join(map(_notice, given)) or "none")


def keyring(backend: str, hint: str, *, needed: bool) -> Check:
    """Judge the keyring.

    Args:
        backend: what it calls itself, or why there is none.
        hint: the way out when there is none, else empty.
        needed: whether credentials were found nowhere else.
    """
    return Check("keyring", "warning", backend, hint) if hint and needed else Check("keyring", "ok", backend)


def disk(free: int, folder: str, *, writable: bool) -> Check:
    """Judge the disk of a store.

    Args:
        free: bytes that may still be written there.
        folder: the store, or the folder in which it will be made.
        writable: whether this user may write there.
    """
    if not writable:
        hint = "Change the permissions, or the manifest's `store`."
        return Check("disk", "problem", f"you may not write in {folder}", hint, exit_code=1)
    told = f"{free / 1e9:,.1f} GB free at {folder}"
    if free < _LITTLE_SPACE:
        return Check("disk", "warning", told, "Make room; one band takes up to 0.3 GB, a bundle 1.5 GB.")
    return Check("disk", "ok", told)


def catalog(path: str, damage: Sequence[str], writer: str) -> Check:
    """Judge a catalog that could be opened.

    Args:
        path: its file.
        damage: what SQLite's own check complains of.
        writer: who is working on it now, as a sentence; empty for nobody.
    """
    if damage:
        hint = "Restore a copy of it, or move it away and run `m2msync apply`, which starts a new one."
        return Check("catalog", "problem", "\n".join([f"{path} is damaged", *damage]), hint, exit_code=1)
    if writer:
        return Check("catalog", "warning", writer, "A second apply is refused until it has ended.")
    return Check("catalog", "ok", f"{path} is sound, and nobody is working on it")


def versions(installed: Mapping[str, str]) -> Check:
    """Judge the versions, by name, of Python, of this program, and of the libraries that carry the transfers."""
    told = ", ".join(f"{name} {version}" for name, version in installed.items())
    if "urllib3-future" in installed:
        # It overwrites urllib3's files, and requests runs on it unawares: a third of the speed when measured.
        why = f"{told}; urllib3-future has taken the place of urllib3 and slows transfers down"
        return Check("versions", "warning", why, _REINSTALL)
    if not installed.get("urllib3", "").startswith("2."):
        return Check("versions", "warning", f"{told}; m2msync is made for urllib3 2", _REINSTALL)
    return Check("versions", "ok", told)


def _left(allowance: Allowance) -> str:
    parts = [
        f"{left:,}{'' if most is None else f' of {most:,}'} {_COUNTS.get(name, name)}"
        for name, left, most in allowance.left
    ]
    return f"left for {_WHOSE.get(allowance.whose, allowance.whose)}: {', '.join(parts)}"


def _notice(notice: Notice) -> str:
    told = ": ".join(part for part in (f"{notice.day} {notice.subject}".strip(), notice.text) if part)
    return told if len(told) <= _LONGEST else told[: _LONGEST - 1] + "…"

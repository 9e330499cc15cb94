"""What a file host sends for one GET: a value made here, spoilt by faults, sent by the app (api.md §10.2)."""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from m2msync.sandbox.faults import Rule

LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>EROS Login</title></head><body>Please sign in.</body></html>"
ERROR_PAGE = b"<!DOCTYPE html><html><head><title>%d</title></head><body>The request failed.</body></html>"
_TYPES = {
    "TIF": "image/tiff",
    "txt": "text/plain",
    "xml": "application/xml",
    "jpg": "image/jpeg",
    "tar": "application/x-tar",
    "zip": "application/zip",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One answer of a file host.

    Args:
        status: HTTP status; 0 sends nothing at all.
        headers: everything but Content-Length.
        body: the bytes that are sent.
        length: the Content-Length told; None sends none.
        ending: "whole", or how it breaks off once the body is sent: "drop", "reset" or "stall".
        rate: bytes a second; 0 is as fast as it goes.
        seconds: how long a stall lasts.
        name: the file sent, "" when it is something else.
        size: the length of that file in bytes, however much of it is sent.
    """

    status: int
    headers: dict[str, str]
    body: memoryview = field(repr=False)
    length: int | None
    ending: str = "whole"
    rate: float = 0.0
    seconds: float = 60.0
    name: str = ""
    size: int = 0


def page(status: int, body: bytes | None = None, kind: str = "text/html") -> Delivery:
    """Return something that is not the file: an error page, a login page."""
    text = ERROR_PAGE % status if body is None else body
    return Delivery(status, {"content-type": f"{kind}; charset=utf-8"}, memoryview(text), len(text))


def to_login(origin: str) -> Delivery:
    """Return the redirect that an unsigned URL is answered with (api.md §10.2)."""
    return Delivery(302, {"location": f"{origin}/login"}, memoryview(b""), 0)


def of_file(name: str, data: bytes, asked: Mapping[str, str], *, star: bool = False) -> Delivery:
    """Return a file, or the part of it that a Range header asks for; with `star` it is named by `filename*`."""
    headers = {
        "content-type": _TYPES.get(name.rpartition(".")[2], "application/octet-stream"),
        "content-disposition": f"attachment; filename*=UTF-8''{name}" if star else f'attachment; filename="{name}"',
        "accept-ranges": "bytes",
        "etag": f'"{zlib.crc32(name.encode()):08x}-{len(data):x}"',
    }
    view = memoryview(data)
    whole = Delivery(200, headers, view, len(data), name=name, size=len(data))
    if "range" not in asked or asked.get("if-range", headers["etag"]) != headers["etag"]:
        return whole
    if (span := _span(asked["range"], len(data))) is None:
        return whole
    first, last = span
    if first > last:
        return replace(page(416), headers={"content-range": f"bytes */{len(data)}"})
    told = f"bytes {first}-{last}/{len(data)}"
    part = view[first : last + 1]
    return replace(whole, status=206, headers={**headers, "content-range": told}, body=part, length=len(part))


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte of a single range, (1, 0) when it lies outside, None when it is to be ignored."""
    if not (found := re.fullmatch(r"bytes=(\d*)-(\d*)", asked.strip())) or found.group() == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) and size else (1, 0)
    if int(first) >= size:
        return 1, 0
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last or size - 1), size - 1)


def spoil(delivery: Delivery, rule: Rule, whole: Delivery, origin: str) -> Delivery:
    """Return a delivery with a fault; `whole` is the file as if no Range had been asked."""
    kind, options = rule.kind, rule.options
    if kind in _PAGES:
        return _PAGES[kind](options, origin)
    if kind == "ignore_range":
        return whole
    return _SPOILT[kind](delivery, options, rule.struck)


def _refusal(options: dict[str, Any]) -> Delivery:
    refusal = page(options.get("status", 502))
    after = {"retry-after": str(options["retry_after"])} if "retry_after" in options else {}
    return replace(refusal, headers={**refusal.headers, **after})


_PAGES: dict[str, Callable[[dict[str, Any], str], Delivery]] = {
    "status": lambda options, _: _refusal(options),
    "html200": lambda *_: page(200, LOGIN_PAGE),
    "json200": lambda *_: page(200, b'{"errorCode":"UNKNOWN","errorMessage":"expired"}', "application/json"),
    "login": lambda _, origin: to_login(origin),
    "expired": lambda *_: page(403),
}


def _kept(delivery: Delivery, options: dict[str, Any]) -> memoryview:
    return delivery.body[: int(len(delivery.body) * options.get("keep", 0.5))]


def _truncate(delivery: Delivery, options: dict[str, Any], _: int) -> Delivery:
    body = _kept(delivery, options)
    if options.get("length", True):
        return replace(delivery, body=body, ending="drop")
    return replace(delivery, body=body, length=None)


def _break(ending: str) -> Callable[[Delivery, dict[str, Any], int], Delivery]:
    def broken(delivery: Delivery, options: dict[str, Any], _: int) -> Delivery:
        seconds = options.get("seconds", delivery.seconds)
        return replace(delivery, body=_kept(delivery, options), ending=ending, seconds=seconds)

    return broken


def _empty(delivery: Delivery, _: dict[str, Any], __: int) -> Delivery:
    return replace(delivery, status=200, body=memoryview(b""), length=0)


def _wrong_bytes(delivery: Delivery, _: dict[str, Any], __: int) -> Delivery:
    spoilt = bytearray(delivery.body)
    middle = len(spoilt) // 2
    spoilt[middle : middle + 16] = bytes(byte ^ 0xFF for byte in spoilt[middle : middle + 16])
    return replace(delivery, body=memoryview(bytes(spoilt)))


def _wrong_content_range(delivery: Delivery, _: dict[str, Any], __: int) -> Delivery:
    if not (found := re.match(r"bytes (\d+)-(\d+)/(\d+)", delivery.headers.get("content-range", ""))):
        return delivery
    first, last, size = map(int, found.groups())
    told = f"bytes {first + 1}-{last + 1}/{size + 1}"
    return replace(delivery, headers={**delivery.headers, "content-range": told})


def _changed_etag(delivery: Delivery, _: dict[str, Any], struck: int) -> Delivery:
    return replace(delivery, headers={**delivery.headers, "etag": f'"changed-{struck}"'})


def _gzip(delivery: Delivery, _: dict[str, Any], __: int) -> Delivery:
    body = gzip.compress(delivery.body, compresslevel=1, mtime=0)
    headers = {**delivery.headers, "content-encoding": "gzip"}
    return replace(delivery, headers=headers, body=memoryview(body), length=len(body))


_SPOILT: dict[str, Callable[[Delivery, dict[str, Any], int], Delivery]] = {
    "truncate": _truncate,
    "drop": _break("drop"),
    "reset": _break("reset"),
    "stall": _break("stall"),
    "empty": _empty,
    "wrong_bytes": _wrong_bytes,
    "wrong_content_range": _wrong_content_range,
    "changed_etag": _changed_etag,
    "gzip": _gzip,
    "chunked": lambda delivery, *_: replace(delivery, length=None),
    "trickle": lambda delivery, options, _: replace(delivery, rate=options.get("rate", 1024)),
}

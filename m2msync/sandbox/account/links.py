"""The URLs under which ordered items are fetched, and whether a signature still holds (api.md §10.1)."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from m2msync.sandbox.account.central import central

if TYPE_CHECKING:
    from m2msync.sandbox.account.orders import Download


@dataclass(slots=True)
class Origins:
    """Where the hosts are: scheme, name and port of each."""

    landsatlook: str = ""
    dds: str = ""

    def host_of(self, port: int) -> str:
        """Return the name of the file host that listens on a port, "" when it is the API."""
        names = {self.landsatlook: "landsatlook", self.dds: "dds"}
        return next((name for origin, name in names.items() if origin.endswith(f":{port}")), "")


def url_of(download: Download, origins: Origins, now: float, *, ready: bool = True) -> str:
    """Return where a download is fetched, signed now; what dds delivers moves when it is ready."""
    item = download.item
    if not download.proxied:
        return f"{origins.dds}/{'download' if ready else 'download-staging'}/{download.ticket}"
    size, _, kind = item.kind.partition(" ")
    place = {
        "file": f"{_folder(item.image)}/{item.display_id}?",
        "bundle": f"/gen-bundle?landsat_product_id={item.display_id}&",
    }.get(item.kind, f"/gen-browse?size={size}&type={kind}&product_id={item.display_id}&")
    download.signed = now
    return f"{origins.landsatlook}{place}requestSignature={_token(download, now)}"


def holds(token: str, name: str, now: float, lifetime: float) -> bool:
    """Say whether a token is genuine, for this file, and at most `lifetime` seconds old at `now`."""
    try:
        claims = json.loads(base64.b64decode(token))
        age = now - datetime.fromisoformat(claims["dateGenerated"]).timestamp()
        genuine = claims.pop("signature") == _signature(claims) and claims["id"] == name
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return bool(genuine) and age <= lifetime


def _folder(scene: Any) -> str:
    """Return the folder of a product's files, derived from its product id."""
    level = scene.level[1]
    standard = f"/data/collection02/level-{level}/standard/{scene.sensor}/{scene.acquired.year}"
    return f"{standard}/{scene.path:03d}/{scene.row:03d}/{scene.display_id}"


def _token(download: Download, now: float) -> str:
    claims: dict[str, Any] = {
        "downloadApp": "M2M",
        "contactId": download.account.contact_id,
        "downloadId": download.id,
        "dateGenerated": central(now).isoformat(timespec="seconds"),
        "id": download.item.display_id,
    }
    signed = json.dumps({**claims, "signature": _signature(claims)}, separators=(",", ":")).replace("/", "\\/")
    return quote(base64.b64encode(signed.encode()).decode(), safe="=")


def _signature(claims: dict[str, Any]) -> str:
    """Return a signature of the real form; this one protects nothing."""
    digest = hashlib.sha256(json.dumps(claims, sort_keys=True).encode()).digest()
    return "$5$$" + base64.b64encode(digest, altchars=b"./").decode().rstrip("=")

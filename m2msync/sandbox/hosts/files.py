"""The file hosts: which bytes stand behind a URL, and who may have them (api.md §10)."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from m2msync.sandbox.account.links import holds
from m2msync.sandbox.hosts.delivery import LOGIN_PAGE, Delivery, of_file, page, spoil, to_login
from m2msync.sandbox.imagery import content
from m2msync.sandbox.imagery.sheets import frame_bytes, frame_name
from m2msync.sandbox.world.scene import Scene, file_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from m2msync.sandbox.account.orders import Download
    from m2msync.sandbox.account.state import State

    Thing = tuple[str, Callable[[], bytes]]
    """A file's name and how to make it."""

_PUBLIC = {"rrb", "thumb"}  # browse sizes that need no signature


@dataclass(frozen=True, slots=True)
class Asked:
    """One GET at a file host: which, its path, query and headers, names in lower case."""

    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Hosts:
    """landsatlook and dds in one."""

    state: State

    def answer(self, asked: Asked) -> Delivery:
        """Return what a file host sends."""
        place = asked.path.strip("/").partition("/")[0]
        if place == "login":
            return page(200, LOGIN_PAGE)
        serve = {
            ("landsatlook", "data"): self._data,
            ("landsatlook", "gen-bundle"): self._gen_bundle,
            ("landsatlook", "gen-browse"): self._gen_browse,
            ("dds", "download"): self._dds,
            ("dds", "download-staging"): self._dds,
        }.get((asked.host, place))
        return serve(asked) if serve else page(404)

    def _data(self, asked: Asked) -> Delivery:
        folder, _, name = asked.path.rpartition("/")
        return self._signed(asked, name, lambda: self._single(folder.rpartition("/")[2], name))

    def _gen_bundle(self, asked: Asked) -> Delivery:
        product = asked.query.get("landsat_product_id", "")
        return self._signed(asked, product, lambda: self._bundle(self.state.world.scene(product)))

    def _gen_browse(self, asked: Asked) -> Delivery:
        product, size = asked.query.get("product_id", ""), asked.query.get("size", "")
        kind = asked.query.get("type", "refl")
        if size in _PUBLIC:
            return self._send(asked, self._browse(self.state.world.scene(product), size, kind))
        return self._signed(asked, product, lambda: self._browse(self.state.world.scene(product), size, kind))

    def _signed(self, asked: Asked, name: str, find: Callable[[], Thing | None]) -> Delivery:
        """Answer a landsatlook URL: unsigned goes to the login page, a bad or old one is forbidden (§10.2)."""
        if "requestSignature" not in asked.query:
            return to_login(self.state.origins.landsatlook)
        lifetime = self.state.behaviour.signature_seconds
        if not holds(asked.query["requestSignature"], name, self.state.clock(), lifetime):
            return page(403)
        return self._send(asked, find())

    def _dds(self, asked: Asked) -> Delivery:
        """Answer a dds URL, which fails while the item is staged; asking for it counts as a poll (§10.3)."""
        place, _, rest = asked.path.strip("/").partition("/")
        if (download := self._ticketed(unquote(rest))) is None:
            return page(404)
        download.polls += 1
        if self.state.orders.state(download) == "D":
            return page(503)
        if place == "download-staging":
            there = f"{self.state.origins.dds}/download/{download.ticket}"
            return Delivery(302, {"location": there}, memoryview(b""), 0)
        download.complete = True
        return self._send(asked, self._ordered(download))

    def _send(self, asked: Asked, thing: Thing | None) -> Delivery:
        if thing is None:
            return page(404)
        name, make = thing
        rule, data = self.state.faults.for_file(name, asked.host), make()
        star = self.state.behaviour.filename_star
        delivery = of_file(name, data, asked.headers, star=star)
        if rule is None:
            return delivery
        whole = of_file(name, data, {}, star=star)
        return spoil(delivery, rule, whole, self.state.origins.landsatlook)

    def _ticketed(self, ticket: str) -> Download | None:
        try:
            claims = json.loads(base64.b64decode(ticket))
            download = self.state.orders.find(int(claims["id"]))
        except (ValueError, KeyError, TypeError):
            return None
        return download if download and download.account.contact_id == claims.get("contactId") else None

    def _ordered(self, download: Download) -> Thing | None:
        item, image = download.item, download.item.image
        if not isinstance(image, Scene):
            return frame_name(image, item.code), lambda: frame_bytes(image, item.code, self.state.pixels)
        if item.kind == "file":
            return self._single(image.display_id, item.display_id)
        scene = self.state.world.scene(image.display_id)
        size, _, kind = item.kind.partition(" ")
        return self._bundle(scene) if item.kind == "bundle" else self._browse(scene, size, kind)

    def _single(self, product: str, name: str) -> Thing | None:
        scene = self.state.world.scene(product)
        if scene is None or name not in file_names(scene):
            return None
        return name, lambda: content.file_bytes(scene, name, pixels=self.state.pixels)

    def _bundle(self, scene: Scene | None) -> Thing | None:
        if scene is None:
            return None
        return f"{scene.display_id}.tar", lambda: content.bundle_bytes(scene, pixels=self.state.pixels)

    def _browse(self, scene: Scene | None, size: str, kind: str) -> Thing | None:
        if scene is None or size not in {"frb", "frbj", *_PUBLIC}:
            return None
        suffix = "TIF" if size == "frb" else "jpg"
        name = f"{scene.display_id}_{kind}.{suffix}"
        return name, lambda: content.browse_bytes(scene, size, pixels=self.state.pixels)

"""One file of an image as a STAC asset."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from m2msync.core import roles
from m2msync.core.exports.bits import bitfields

if TYPE_CHECKING:
    from m2msync.core.exports.mtl import Grid, Metadata
    from m2msync.core.exports.records import ProductRecord

_GEOTIFF = "image/tiff; application=geotiff"
_COG = f"{_GEOTIFF}; profile=cloud-optimized"
_TYPES = {
    "tif": _GEOTIFF,
    "tiff": _GEOTIFF,
    "txt": "text/plain",
    "xml": "application/xml",
    "json": "application/json",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "jp2": "image/jp2",
    "png": "image/png",
    "pdf": "application/pdf",
    "tar": "application/x-tar",
    "gz": "application/gzip",
    "zip": "application/zip",
}
_TEXTS, _PICTURES = frozenset({"txt", "xml", "json", "pdf"}), frozenset({"jpg", "jpeg", "png"})
_COMMON = {"swir1": "swir16", "swir2": "swir22"}
"""What STAC calls a role otherwise than we do; there is no word for two bands of near infrared."""
_THERMAL = {"B10": "lwir11", "ST_B10": "lwir11", "B11": "lwir12"}
_WITHOUT_WORD = frozenset({"quality", "metadata"})
_QUALITY = {
    "QA_PIXEL": ["cloud", "cloud-shadow", "snow-ice", "water-mask"],
    "QA_RADSAT": ["saturation"],
    "SR_QA_AEROSOL": ["water-mask"],
}
_MULTIHASH = {"sha256": "1220", "sha512": "1340"}
"""How a digest begins that says what it is: the function and its length in bytes (multiformats.io/multihash)."""
_DIGEST = re.compile(r"(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})", re.ASCII)


def asset(product: ProductRecord, display_id: str, href: str, metadata: Metadata) -> dict[str, Any]:
    """Return what STAC tells of a held product.

    Args:
        product: which.
        display_id: of its image.
        href: where it is.
        metadata: what the MTL text of its image tells.
    """
    sensor = roles.sensor_of(display_id)
    role = _role(product.product, sensor)
    extension = product.filename.rpartition(".")[2].lower()
    told = {
        "href": href,
        "type": _COG if sensor and extension == "tif" else _TYPES.get(extension),
        "title": f"{product.product}: {roles.ROLES[role]}" if role else product.product,
        "roles": _roles(product.product, extension),
        "file:size": product.size,
        "file:checksum": multihash(product.digest),
    }
    if extension in ("tif", "tiff") and sensor:
        told |= _pixels(product.product, role, sensor[0], metadata)
    return {name: value for name, value in told.items() if value is not None}


def multihash(digest: str | None) -> str | None:
    """Return a digest as the extension `file` wants it, None when there is none that it could be."""
    if digest is None or not _DIGEST.fullmatch(digest):
        return None
    algorithm, _, value = digest.partition(":")
    return f"{_MULTIHASH[algorithm]}{value}"


def _role(product: str, sensor: roles.Sensor | None) -> str:
    bands = roles.SENSORS[sensor] if sensor else {}
    return next((role for role, names in bands.items() if product in names), "")


def _roles(product: str, extension: str) -> list[str]:
    if extension in _TEXTS:
        return ["metadata"]
    if extension in _PICTURES:
        return ["overview"]
    return ["data", *_QUALITY.get(product, ())]


def _pixels(product: str, role: str, sensor: str, metadata: Metadata) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if common := _common_name(product, role, sensor):
        told["eo:bands"] = [{"name": product, "common_name": common, "description": roles.ROLES[role]}]
    if bits := bitfields(sensor, product):
        told["classification:bitfields"] = bits
    if grid := _grid(product, role, metadata):
        told |= {"gsd": grid.cell, "proj:shape": list(grid.shape)}
        told |= {"proj:transform": list(grid.transform)} if grid.transform else {}
    return told


def _common_name(product: str, role: str, sensor: str) -> str:
    if not role or role in _WITHOUT_WORD:
        return ""
    if role == "thermal":
        return _THERMAL.get(product, "lwir")
    if role == "nir" and not sensor.endswith("MSS"):
        return "nir08"
    return _COMMON.get(role, role)


def _grid(product: str, role: str, metadata: Metadata) -> Grid | None:
    """Return the pixels of a picture; those of level 2 are all alike, and angles have their own."""
    if role == "pan":
        return metadata.grid("PANCHROMATIC")
    if role == "thermal" and not product.startswith("ST_"):
        return metadata.grid("THERMAL")
    if product in ("SAA", "SZA", "VAA", "VZA"):
        return None
    return metadata.grid("REFLECTIVE")

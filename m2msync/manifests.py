"""Reads a manifest and the tables and areas it names from files."""

from __future__ import annotations

import codecs
import io
import json
import os
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from m2msync.core.errors import ManifestError, Problem
from m2msync.core.manifest import ENDINGS
from m2msync.core.manifest.geojson import foreign_crs, read_areas, read_features
from m2msync.core.manifest.reading import parse_manifest
from m2msync.core.manifest.regions import Readers
from m2msync.core.manifest.yaml12 import spot_of
from m2msync.core.wording import Unfit, meant, shown
from m2msync.resources import presets, schema

if TYPE_CHECKING:
    from m2msync.core.manifest.tables import Table
    from m2msync.core.model import Manifest, Polygon


_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""What files begin with that editors of Windows save as Unicode."""


def load(path: str | Path) -> Manifest:
    """Return the manifest in a file; what it names is looked for beside it.

    Raises:
        ManifestError: with every problem, when the file cannot be read or is no sound manifest.

    """
    file = str(path)
    folder = Path(file).absolute().parent
    manifest = parse_manifest(
        _read(file),
        file=file,
        schema=schema("manifest"),
        readers=Readers(
            partial(_read_table, folder), partial(_read_areas, folder), partial(_read_features, folder)
        ),
        locate=partial(_locate, folder),
        read_presets=presets,
    )
    return replace(manifest, file=str(Path(file).absolute()))


def _read(file: str) -> str:
    try:
        data = Path(file).read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise ManifestError(file, [Problem(1, 1, *_unread(Path(file), error))]) from None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        if "\0" in before and not data.startswith(_UTF_16):
            raise ManifestError(
                file, [Problem(1, 1, "this is no text", "name a manifest, which is YAML")]
            ) from None
        spot = spot_of(before, len(before))
        raise ManifestError(file, [Problem(*spot, "this is not UTF-8 text", "save the file as UTF-8")]) from None


def _locate(folder: Path, path: str) -> str:
    """Return the absolute path of what a manifest names; links are kept, as the store may be behind one.

    Raises:
        Unfit: it is a path of Windows on another system, or below the home of nobody.
    """
    # Path.resolve() follows links, and Path.expanduser() has no place for its error.
    told = os.path.expanduser(path)  # noqa: PTH111
    if told.startswith("~"):
        raise Unfit(f"there is no user {shown(told[1:].partition('/')[0])} on this machine", "write the whole path")
    if os.name != "nt" and re.match(r"[A-Za-z]:[\\/]", told):
        raise Unfit(f"{shown(told)} is a path of Windows, and this is none", "write it as this machine has it")
    return os.path.abspath(folder / told)  # noqa: PTH100


def _unread(path: Path, error: OSError) -> tuple[str, str]:
    """Return what is wrong with a file that cannot be read, and the file that may have been meant."""
    if path.is_dir():
        return f"{path} is a folder", "name a file in it"
    if not isinstance(error, FileNotFoundError):
        return f"{path} cannot be read: {error.strerror}", "check who may read it"
    try:
        manifests = path.suffix in ENDINGS  # no table was meant to be one
        siblings = sorted(
            p.name for p in path.parent.iterdir() if p.is_file() and (manifests or p.suffix not in ENDINGS)
        )
    except OSError:
        return f"there is no folder {path.parent}", "check the path"
    return f"there is no file {path}", meant(path.name, siblings, otherwise="check the path")


def _read_table(folder: Path, file: str) -> Table:
    path = Path(_locate(folder, file))
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Unfit(*_unread(path, error)) from None
    except UnicodeDecodeError:
        raise Unfit(f"{file} is not UTF-8 text", "save it as CSV UTF-8") from None
    return _cells(file, text)


def _cells(file: str, text: str) -> Table:
    """Split a table; every line of it is a row, blank ones too, so that the row's number tells the line."""
    import pandas  # noqa: ICN001, PLC0415 - slow to import, and manifests without tables do without

    lines = text.splitlines() or [""]
    delimiter = max(",;", key=lines[0].count)
    # Names for as many columns as any line may have: otherwise a long row is an error, and a short header an index.
    width = 1 + max(line.count(delimiter) for line in lines)
    try:
        frame = pandas.read_csv(
            io.StringIO(text),
            sep=delimiter,
            header=None,
            names=range(width),
            dtype=str,
            na_filter=False,
            skip_blank_lines=False,
        )
    except ValueError as error:
        unclosed = "EOF inside string" in str(error)
        fault = "has a quote that is never closed" if unclosed else f"is no table: {shown(str(error))}"
        raise Unfit(f"{file} {fault}", "check the quotes in it") from None
    rows: list[list[str]] = frame.to_numpy().tolist()
    return rows


def _read_areas(folder: Path, file: str, kilometres: float | None) -> tuple[Polygon, ...]:
    try:
        return read_areas(file, _shapes(folder, file), kilometres)
    except RecursionError:
        raise Unfit(f"{file} is nested too deeply", "export it again as GeoJSON") from None


def _read_features(
    folder: Path, file: str, column: str, kilometres: float | None
) -> list[tuple[str, tuple[str, tuple[Polygon, ...]] | Unfit]]:
    try:
        return list(read_features(file, _shapes(folder, file), column, kilometres))
    except RecursionError:
        raise Unfit(f"{file} is nested too deeply", "export it again as GeoJSON") from None


def _shapes(folder: Path, file: str) -> Any:
    """Return what a file draws, as GeoJSON in longitude and latitude."""
    path = Path(_locate(folder, file))
    document = _geojson(file, path)
    crs = foreign_crs(document)
    if document is not None and not crs:
        return document
    from m2msync.vectors import read_vectors  # noqa: PLC0415 - only few manifests need it

    return read_vectors(file, path, crs)


def _geojson(file: str, path: Path) -> Any:
    """Return what a file holds as JSON, None when it is a vector file of another kind."""
    try:
        if path.is_dir() and path.suffix.casefold() == ".gdb":
            return None
        data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise Unfit(*_unread(path, error)) from None
    if path.suffix.casefold() not in (".geojson", ".json") and not data.lstrip().startswith(b"{"):
        return None
    try:
        return json.loads(data.decode()) or {}
    except UnicodeDecodeError:
        raise Unfit(f"{file} is not UTF-8 text", "save it as UTF-8") from None
    except json.JSONDecodeError as error:
        told = f"{file} is no GeoJSON: line {error.lineno}, column {error.colno}: {error.msg}"
        raise Unfit(told, "export it again") from None
    except (RecursionError, ValueError):  # ValueError: a number of more than 4,300 digits
        raise Unfit(f"{file} is no GeoJSON that can be read", "export it again") from None

"""Reads a manifest and the tables and areas it names from files."""

from __future__ import annotations

import codecs
import io
import json
import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from m2msync.core.errors import ManifestError, Problem
from m2msync.core.manifest.geojson import foreign_crs, read_areas
from m2msync.core.manifest.reading import parse_manifest
from m2msync.core.manifest.regions import Readers
from m2msync.core.manifest.yaml12 import spot_of
from m2msync.core.wording import Unfit, meant, shown
from m2msync.resources import presets, schema

if TYPE_CHECKING:
    from m2msync.core.manifest.tables import Table
    from m2msync.core.model import Manifest, Polygon


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
        readers=Readers(partial(_read_table, folder), partial(_read_areas, folder)),
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
        spot = spot_of(before, len(before))
        raise ManifestError(file, [Problem(*spot, "this is not UTF-8 text", "save the file as UTF-8")]) from None


def _locate(folder: Path, path: str) -> str:
    """Return the absolute path of what a manifest names; links are kept, as the store may be behind one."""
    # Path.resolve() follows links, and Path.expanduser() fails for users that do not exist.
    return os.path.abspath(folder / os.path.expanduser(path))  # noqa: PTH100, PTH111


def _unread(path: Path, error: OSError) -> tuple[str, str]:
    """Return what is wrong with a file that cannot be read, and the file that may have been meant."""
    if path.is_dir():
        return f"{path} is a folder", "name a file in it"
    if not isinstance(error, FileNotFoundError):
        return f"{path} cannot be read: {error.strerror}", "check who may read it"
    try:
        siblings = sorted(p.name for p in path.parent.iterdir() if p.is_file())
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
    path = Path(_locate(folder, file))
    document = _geojson(file, path)
    crs = foreign_crs(document)
    if document is None or crs:
        from m2msync.vectors import read_vectors  # noqa: PLC0415 - only few manifests need it

        document = read_vectors(file, path, crs)
    try:
        return read_areas(file, document, kilometres)
    except RecursionError:
        raise Unfit(f"{file} is nested too deeply", "export it again as GeoJSON") from None


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

"""Reads what a draft shall say, and writes it as a manifest that can be used."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from m2msync import manifests
from m2msync.core.draft import read_bbox, text_of
from m2msync.core.errors import ManifestError, UsageError
from m2msync.core.manifest.boxes import bbox as checked
from m2msync.core.wording import Unfit
from m2msync.resources import shared
from m2msync.store import appearing, write_whole

if TYPE_CHECKING:
    from m2msync.core.draft import Draft

SCHEMA = "manifest.schema.json"


def refuse_existing(path: str) -> None:
    """Refuse a path at which something is.

    Raises:
        UsageError: something is there.
    """
    if os.path.lexists(path):
        raise UsageError(f"{path} exists already", hint="name another file, or replace it with --force")


def dataset_of(text: str) -> str:
    """Return a dataset's alias; whether it exists, only M2M knows.

    Raises:
        Unfit: it can be none.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", text.strip()):
        raise Unfit(f"{text!r} is no dataset's alias", "write e.g. landsat_ot_c2_l1; `m2msync datasets` lists them")
    return text.strip()


def area_of(text: str, manifest: str, *, csv: bool = False, bbox: bool = False) -> str | tuple[float, ...]:
    """Return a CSV file relative to the manifest, or the sides of a box.

    Args:
        text: what was written.
        manifest: the manifest's path.
        csv: whether it must be a file.
        bbox: whether it must be a box.

    Raises:
        Unfit: it is neither.
    """
    if bbox or (not csv and not Path(text).is_file() and re.fullmatch(r"[-+\d.,\s eE]+", text)):
        sides = read_bbox(text)
        checked(*sides)
        return sides
    if not Path(text).is_file():
        raise Unfit(f"there is no file {text}", "name a CSV file with the columns LL Lat, LL Lon, UR Lat, UR Lon")
    try:
        return Path(os.path.relpath(text, Path(manifest).absolute().parent)).as_posix()
    except ValueError:  # on another drive
        return str(Path(text).absolute())


def day_of(text: str) -> date | None:
    """Return a day, None for nothing.

    Raises:
        Unfit: it is none.
    """
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Unfit(f"{text!r} is no day", "write it as year-month-day, e.g. 2022-01-01") from None


def bands_of(text: str) -> tuple[str, ...]:
    """Return names or globs of bands, written with commas or blanks between them.

    Raises:
        Unfit: there are none.
    """
    bands = tuple(dict.fromkeys(text.replace(",", " ").split()))
    if not bands:
        raise Unfit("there must be a band", "write e.g. B2,B3,B4,MTL, or * for all")
    return bands


def first_day() -> date:
    """Return the day with which a draft begins unless told otherwise: January 1 of last year."""
    return date(datetime.now(UTC).year - 1, 1, 1)


def write(draft: Draft, path: str, *, copy_schema: bool, force: bool) -> str:
    """Write a draft as a manifest, and return where its first line says the schema is.

    Args:
        draft: what it says.
        path: where to.
        copy_schema: whether to copy the schema beside it, rather than to name the one of this installation.
        force: whether to replace what is there.

    Raises:
        UsageError: what it says makes no manifest, or there is something at the path; nothing was written.
        StorageError: it cannot be written.
    """
    target = Path(path)
    if not target.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}", hint="make it first, or name another path")
    reference = SCHEMA if copy_schema else _installed()
    text = text_of(draft, target.name, reference)
    with appearing(target) as file:
        file.write_text(text, encoding="utf-8", newline="\n")
        _check(file)
        if not force:
            refuse_existing(path)
    if copy_schema:
        write_whole(target.with_name(SCHEMA), [(shared("schemas") / SCHEMA).read_text(encoding="utf-8")])
    return reference


def _check(file: Path) -> None:
    try:
        manifests.load(file)
    except ManifestError as error:
        first = error.problems[0]
        raise UsageError(first.message, hint=first.hint) from None


def _installed() -> str:
    """Return the address of the installed schema.

    The language server of editors takes everything up to a blank, and resolves what begins with `file:` by itself.
    """
    return Path(str(shared("schemas") / SCHEMA)).absolute().as_uri()

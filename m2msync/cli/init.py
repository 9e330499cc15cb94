"""`m2msync init`: a manifest to begin with."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from m2msync.cli import options
from m2msync.cli.output import present, written
from m2msync.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from m2msync.core.draft import Draft


@click.command(
    epilog=options.examples(
        "init coast.yaml --csv boxes.csv --bands B2,B3,B4,MTL",
        "init islands.yaml --bbox -91.7,-1.5,-89.2,0.7 --start 2022-01-01 --schema",
    )
)
@click.argument("path", required=False, default="manifest.yaml", type=click.Path(dir_okay=False))
@click.option("--dataset", metavar="ALIAS", help="Which dataset. Default: landsat_ot_c2_l1.")
@click.option("--csv", type=click.Path(dir_okay=False), metavar="FILE", help="A table of regions, one a row.")
@click.option("--bbox", metavar="W,S,E,N", help="A region in degrees. Default: the Galapagos.")
@click.option("--bands", metavar="A,B,...", help="Which bands. Default: natural colours, else all.")
@click.option("--cloud", type=click.IntRange(0, 100), metavar="N", help="The most cloud cover. Default: 10.")
@click.option("--start", metavar="DAY", help="The first day. Default: January 1 of last year.")
@click.option("--end", metavar="DAY", help="The last day. Default: none; it keeps growing.")
@click.option("--images", type=click.IntRange(min=1), metavar="N", help="Images of each region. Default: 5.")
@click.option("--schema", is_flag=True, help="Copy the schema beside it, for editors on every machine.")
@click.option("--force", is_flag=True, help="Replace PATH if it exists.")
@options.as_json
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, /, path: str, *, schema: bool, force: bool, **asked: Any) -> int:
    """Write a commented manifest to PATH, manifest.yaml by default.

    On a terminal it asks for what the flags do not say; elsewhere the defaults are taken. Nothing that exists is
    replaced without --force, and nothing is written that `m2msync validate --offline` would refuse. Editors check
    it through its first line, which names the schema of this installation, or with --schema a copy beside it.
    """
    from m2msync.drafting import refuse_existing, write  # noqa: PLC0415 - brings the manifest's reader

    if not force:
        refuse_existing(path)
    if asked["csv"] and asked["bbox"]:
        raise UsageError(
            "--csv and --bbox both say where", hint="leave one out; more regions are added in the file"
        )
    draft = _draft(path, asked, ask=sys.stdin.isatty())
    reference = write(draft, path, copy_schema=schema, force=force)
    told = {"schema_version": 1, "kind": "init", "manifest": path, "schema": reference, "name": draft.name}
    present(settings, told, [f"Wrote {path}.", f"Next: {written('validate', path)}"])
    return 0


def _draft(path: str, asked: dict[str, Any], *, ask: bool) -> Draft:
    """Return what the flags, the person or the defaults say.

    Raises:
        UsageError: a flag makes no sense.
    """
    from pathlib import Path  # noqa: PLC0415 - not needed for --help

    from m2msync.core.draft import BBOX, DATASET, IMAGES, Draft, usable_name, usual_bands, usual_cloud  # noqa: PLC0415
    from m2msync.drafting import area_of, bands_of, dataset_of, day_of, first_day  # noqa: PLC0415

    def answer(flag: str, question: str, usual: Any, read: Callable[[str], Any]) -> Any:
        return _answer(asked[flag], question, usual, read, ask=ask)

    dataset = answer("dataset", "Dataset", DATASET, dataset_of)
    area = _answer(
        asked["csv"] or asked["bbox"],
        "Where: a CSV file of boxes, or west,south,east,north",
        ",".join(map(str, BBOX)),
        lambda text: area_of(text, path, csv=bool(asked["csv"]), bbox=bool(asked["bbox"])),
        ask=ask,
    )
    start: date | None = answer("start", "First day", str(first_day()), day_of)
    end: date | None = answer("end", "Last day (blank: it keeps growing)", "", day_of)
    cloud = usual_cloud(dataset) if asked["cloud"] is None else asked["cloud"]
    if asked["cloud"] is None and cloud is not None and ask:
        cloud = _asked("Most cloud cover in percent", str(cloud), _percent)
    bands = answer("bands", "Bands", ",".join(usual_bands(dataset)), bands_of)
    images = asked["images"] or (_asked("Images of each region", str(IMAGES), _number) if ask else IMAGES)
    return Draft(usable_name(Path(path).stem), dataset, area, start, end, cloud, bands, images)


def _answer(given: str | None, question: str, usual: str, read: Callable[[str], Any], *, ask: bool) -> Any:
    from m2msync.core.wording import Unfit  # noqa: PLC0415

    if given is None and ask:
        return _asked(question, usual, read)
    try:
        return read(usual if given is None else given)
    except Unfit as unfit:
        raise UsageError(unfit.message, hint=unfit.hint) from None


def _asked(question: str, usual: str, read: Callable[[str], Any]) -> Any:
    """Ask until the answer can be read."""
    from m2msync.core.wording import Unfit  # noqa: PLC0415

    def convert(text: str) -> Any:
        try:
            return read(text)
        except Unfit as unfit:
            raise click.UsageError(f"{unfit.message}; {unfit.hint}") from None

    try:
        return click.prompt(question, default=usual, value_proc=convert, err=True, show_default=bool(usual))
    except click.Abort:
        raise KeyboardInterrupt from None  # click tells Ctrl-C at a prompt as an abort of its own


def _percent(text: str) -> int:
    return _number(text, 0, 100)


def _number(text: str, least: int = 1, most: int = 100_000) -> int:
    from m2msync.core.wording import Unfit  # noqa: PLC0415

    if not text.isdecimal() or not least <= int(text) <= most:
        raise Unfit(f"{text!r} is not a number from {least} to {most}", "write e.g. 10")
    return int(text)

"""What there is at M2M, and what a manifest makes of it, as lines of text."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from m2msync.core.naming import natural
from m2msync.core.offer import key_of, name_of, systems_of
from m2msync.core.searchable import kind_of, written
from m2msync.report.tables import FEW
from m2msync.report.text import count, plain, size, unpainted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from m2msync.core.datasets import Dataset, Datasets
    from m2msync.core.fields import Field
    from m2msync.core.model import Product
    from m2msync.core.offer import Offer
    from m2msync.core.searchable import Searchable
    from m2msync.core.survey import Sighting, Survey
    from m2msync.core.validation import Validation
    from m2msync.report.text import Paint

_TITLE = 40
_VALUES = 6
_KINDS = {"list": "one of a list", "number": "range of numbers", "day": "range of days", "text": "text"}


def datasets_lines(datasets: Datasets, *, full: bool = False) -> Iterator[str]:
    """Tell the datasets that were found, or those that may have been meant.

    Args:
        datasets: what to tell.
        full: with their whole names.
    """
    if not datasets.found:
        yield f"No dataset has {plain(datasets.text)!r} in its alias or name."
        if datasets.near:
            yield "Did you mean one of these?"
            yield ""
    shown = datasets.found or datasets.near
    if shown:
        yield from columns(
            ["alias", "title", "from", "to", "images", "cloud cover"],
            [_dataset(each, _TITLE if not full else None) for each in shown],
            numbers=(4,),
        )
    if datasets.found:
        yield f"{count(len(datasets.found), 'dataset')}."
    if len(datasets.found) == 1 and shown[0].doi:
        yield f"To cite it: https://doi.org/{plain(shown[0].doi)}"


def filters_lines(searchable: Searchable, *, full: bool = False) -> Iterator[str]:
    """Tell what a dataset can be filtered by.

    Args:
        searchable: what to tell.
        full: with all values.
    """
    if not searchable.fields:
        yield f"{plain(searchable.dataset)} has no filters of its own."
        return
    rows = [[field.label, field.column, _kind(field), _values(field, full=full)] for field in searchable.fields]
    yield from columns(["filter", "column", "takes", "values"], rows)
    yield ""
    yield "In a manifest they go, by label or column, below `filters: metadata:`, e.g."
    example = next((field for field in searchable.fields if field.values), searchable.fields[0])
    yield f"  {plain(written(example))}"


def filter_lines(searchable: Searchable) -> Iterator[str]:
    """Tell all about one filter, and how a manifest asks for it."""
    (field,) = searchable.fields
    yield plain(field.label)
    yield f"  column   {plain(field.column)}"
    yield f"  id       {plain(field.id)}"
    yield f"  takes    {_kind(field)}"
    width = max((len(key) for key, _ in field.values), default=0)
    heads = ["values", *[""] * (len(field.values) - 1)]
    for head, (key, label) in zip(heads, field.values, strict=False):
        told = f"{key:<{width}}" + (f"   {label}" if label != key else "")
        yield f"  {head:<8} {plain(told.rstrip())}"
    yield "In a manifest, below `filters: metadata:`, e.g."
    yield f"  {plain(written(field))}"


def offer_lines(offer: Offer) -> Iterator[str]:
    """Tell what can be had of an image, by what a manifest calls it."""
    image = offer.image
    products = sorted(offer.listing.products, key=lambda p: (key_of(p) == "bands", natural(p.filename)))
    taken = f", taken {image.acquired}" if image.acquired else ""
    yield f"{plain(image.dataset)}, as of the image {plain(image.display_id)}{taken}:"
    yield ""
    rows = [_product(product, image.display_id) for product in products]
    yield from columns(["product", "file", "bytes", "digest", "delivered by"], rows, numbers=(2,))
    yield ""
    if any(not product.exact and product.size for product in products):
        yield "~ is what M2M announces, not the exact length."
    for key in ("bands", "products"):
        names = list(dict.fromkeys(name_of(product) for product in products if key_of(product) == key))
        if names:
            few = [*names[:_VALUES], *(["…"] if len(names) > _VALUES else [])]
            yield plain(f"In a manifest: {key}: [{', '.join(few)}]")


def survey_lines(survey: Survey, *, full: bool = False, paint: Paint = unpainted) -> Iterator[str]:
    """Tell the images that were found in each region, the chosen first.

    Args:
        survey: what to tell.
        full: list every image.
        paint: colours a text, given the name of a colour.
    """
    rows: list[list[str]] = []
    places = groupby(survey.sightings, key=lambda s: (s.image.dataset, s.region))
    more = 0
    for _, several in places:
        sightings = list(several)
        listed = sightings if full else sightings[:FEW]
        more += len(sightings) - len(listed)
        rows += [_sighting(sighting) for sighting in listed]
    if rows:
        for line in columns(["image", "cloud", "date", "tier", "region", "chosen"], rows, numbers=(1,)):
            yield paint(line, "green") if line.endswith("yes") else line
    if more:
        yield f"and {more:,} more (-v lists them all)"
    total = survey.summary()
    places_told = len({(s.image.dataset, s.region) for s in survey.sightings})
    if rows:
        yield ""
    yield f"{count(total['images'], 'image')} in {count(places_told, 'region')}, {total['chosen']:,} chosen."


def validation_lines(manifest: str, validation: Validation | None, *, paint: Paint = unpainted) -> Iterator[str]:
    """Tell that a manifest is in order, what an apply would come to, and what looks like a mistake.

    Args:
        manifest: its file.
        validation: what M2M was asked; None when it was asked nothing.
        paint: colours a text, given the name of a colour.
    """
    if validation is None:
        yield f"{plain(manifest)}: the file is in order."
        return
    yield f"{plain(manifest)}: the file, its datasets and your account are in order."
    held = f"; {count(validation.kept, 'file')} held already" if validation.kept else ""
    yield (
        f"{count(validation.images, 'image')}; apply would get {count(validation.files, 'file')}, "
        f"{size(validation.bytes)}{held}."
    )
    for doubt in validation.warnings:
        yield f"{paint('warning', 'yellow')}: {plain(doubt.message)}; {plain(doubt.hint)}"


def columns(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()) -> Iterator[str]:
    """Align rows of cells below their heads.

    Args:
        head: what each column is called.
        rows: the cells.
        numbers: which columns are aligned to the right.
    """
    table = [list(head), *([plain(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = zip(row, widths, range(len(widths)), strict=True)
        told = (cell.rjust(width) if n in numbers else cell.ljust(width) for cell, width, n in cells)
        yield "  ".join(told).rstrip()


def _dataset(dataset: Dataset, most: int | None) -> list[str]:
    title = dataset.title
    if most and len(title) > most:
        title = f"{title[: most - 1]}…"
    days = [str(day) if day else "-" for day in (dataset.start, dataset.end)]
    images = "-" if dataset.images is None else f"{dataset.images:,}"
    return [dataset.alias, title, *days, images, "yes" if dataset.cloud_cover else "-"]


def _kind(field: Field) -> str:
    return f"{_KINDS[kind_of(field)]}{', a part will do' if field.like and not field.values else ''}"


def _values(field: Field, *, full: bool) -> str:
    shown = field.values if full else field.values[:_VALUES]
    told = ", ".join(key if key == label else f"{key} ({label})" for key, label in shown)
    rest = len(field.values) - len(shown)
    return f"{told} … ({rest} more)" if rest else told


def _product(product: Product, display_id: str) -> list[str]:
    tail = product.filename.removeprefix(display_id).removeprefix("_")
    length = "?" if product.size is None else f"{'' if product.exact else '~'}{product.size:,}"
    digest = product.digest.partition(":")[0] if product.digest else "-"
    systems = [name if now else f"{name} (not now)" for name, now in systems_of(product).items()]
    return [name_of(product), tail, length, digest, ", ".join(systems)]


def _sighting(sighting: Sighting) -> list[str]:
    image = sighting.image
    cloud = "?" if image.cloud_cover is None else f"{image.cloud_cover:g} %"
    taken = str(image.acquired) if image.acquired else "-"
    chosen = "yes" if sighting.chosen else ""
    return [image.display_id, cloud, taken, image.tier or "-", sighting.region, chosen]

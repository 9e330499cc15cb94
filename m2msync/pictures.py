"""Bands read small and painted, with rasterio where it is installed (the raster extra)."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from m2msync.core.errors import StorageError
from m2msync.core.quicklook import VIRIDIS
from m2msync.rasters import opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Colours = NDArray[np.uint8]
    Cell = tuple[int, int, int] | None
    """Red, green and blue; None where there is nothing."""

LONGEST = 1024
"""How many pixels the longer side of a picture has at most."""
_STRETCH = (2, 98)  # percent of the pixels that are darker than black, and not brighter than white
_COLOURS = 3
_OPAQUE = 255
_MOST_PARTS = 8  # of a picture that are decoded at a time


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Red, green, blue and opacity as bytes, in an array of rows, columns and these four."""

    pixels: Colours

    @property
    def width(self) -> int:
        """Its columns."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Its rows."""
        return int(self.pixels.shape[0])


def in_natural_colours(places: Sequence[str], longest: int = LONGEST) -> Picture:
    """Return three bands as red, green and blue, each stretched from its 2nd to its 98th percentile.

    Args:
        places: what GDAL opens for each.
        longest: how many pixels the longer side may have; no more are read of a band.

    Raises:
        StorageError: a file cannot be read.
    """
    import numpy as np  # noqa: PLC0415 - slow to import

    first, mask = _read(places[0], longest)
    bands = [(first[0], mask)]
    bands += [(band[0], seen) for band, seen in (_read(place, longest, mask.shape) for place in places[1:])]
    valid = np.logical_and.reduce([seen for _, seen in bands])
    return _painted([_stretched(band, valid) for band, _ in bands], valid)


def single(place: str, longest: int = LONGEST) -> Picture:
    """Return one band in the colours of viridis, stretched likewise; a file of three bands keeps its own colours.

    Args:
        place: what GDAL opens.
        longest: how many pixels the longer side may have; no more are read.

    Raises:
        StorageError: the file cannot be read.
    """
    import numpy as np  # noqa: PLC0415 - slow to import

    bands, valid = _read(place, longest)
    if len(bands) == _COLOURS:
        return _painted([band / _OPAQUE for band in bands], valid)
    steps = np.linspace(0, 1, len(VIRIDIS))
    value = _stretched(bands[0], valid)
    return _painted([np.interp(value, steps, [c[i] / _OPAQUE for c in VIRIDIS]) for i in range(_COLOURS)], valid)


def png(picture: Picture) -> bytes:
    """Return a picture as a PNG file."""
    # Level 1: a fifth of the time of the usual level, for one part in twenty more bytes.
    return _written(picture, "PNG", zlevel=1)


def webp(picture: Picture) -> bytes:
    """Return a picture as a WebP file, a fifth as long; what is transparent stays so."""
    return _written(picture, "WEBP", quality=70)


def _written(picture: Picture, driver: str, **how: Any) -> bytes:
    from rasterio.io import MemoryFile  # noqa: PLC0415 - an extra, and slow to import

    shape = {"driver": driver, "width": picture.width, "height": picture.height, "count": 4, "dtype": "uint8"}
    with MemoryFile() as memory:
        with opened(memory.name, "w", **shape, **how) as made:
            made.write(picture.pixels.transpose(2, 0, 1))
        written: bytes = memory.read()
    return written


def cells(picture: Picture, columns: int, rows: int) -> list[list[Cell]]:
    """Return a picture as at most so many columns and rows of colours, each the mean of what it covers."""
    import numpy as np  # noqa: PLC0415 - slow to import

    step = max(picture.width / columns, picture.height / rows, 1)
    across = _edges(picture.width, max(1, round(picture.width / step)))
    down = _edges(picture.height, max(1, round(picture.height / step)))
    parts = picture.pixels.astype(np.float64)
    opacity = parts[..., 3:] / _OPAQUE
    sums = np.concatenate([parts[..., :3] * opacity, opacity], axis=2)
    sums = np.add.reduceat(np.add.reduceat(sums, down, axis=0), across, axis=1)
    area = np.add.reduceat(np.add.reduceat(np.ones_like(opacity), down, axis=0), across, axis=1)
    mostly = sums[..., 3] * 2 >= area[..., 0]
    colours = (sums[..., :3] / np.maximum(sums[..., 3:], 1)).round().astype(int).tolist()
    return [
        [(red, green, blue) if shown else None for (red, green, blue), shown in zip(line, seen, strict=True)]
        for line, seen in zip(colours, mostly.tolist(), strict=True)
    ]


def _read(place: str, longest: int, shape: tuple[int, ...] | None = None) -> tuple[Any, Any]:
    """Return the first three bands of a file, or its first one, at most so large, and where there is something.

    GDAL takes the smallest overview that is large enough; of a file without, it decodes the strips it meets, or
    every tile, but keeps only this.
    """
    import numpy as np  # noqa: PLC0415 - slow to import
    from rasterio.errors import RasterioError  # noqa: PLC0415 - an extra, and slow to import

    try:
        with opened(place) as source:
            if shape is None:
                scale = max(source.width / longest, source.height / longest, 1)
                shape = max(1, round(source.height / scale)), max(1, round(source.width / scale))
            count = _COLOURS if source.count >= _COLOURS and source.dtypes[0] == "uint8" else 1
            # Level-1 bands name no value for "nothing here"; it is 0.
            nothing = 0 if source.nodata is None else source.nodata
        bands = _decimated(place, (count, *shape))
    except RasterioError as error:
        name = place.rpartition("/")[2]
        raise StorageError(
            f"{name} cannot be read as a picture", hint="`m2msync verify --deep` looks into it"
        ) from error
    seen = ~np.all(bands == nothing, axis=0) & np.isfinite(bands).all(axis=0)
    return bands, seen


def _decimated(place: str, shape: tuple[int, ...]) -> Any:
    """Return bands of a file in so many bands, rows and columns; each processor decodes its share of the rows."""
    import numpy as np  # noqa: PLC0415 - slow to import
    from rasterio.windows import Window  # noqa: PLC0415 - an extra, and slow to import

    count, rows, columns = shape
    edges = [*_edges(rows, min(rows, os.cpu_count() or 1, _MOST_PARTS)), rows]

    def part(first: int, last: int) -> Any:
        with opened(place) as source:
            step = source.height / rows
            window = Window(0, first * step, source.width, (last - first) * step)
            return source.read(list(range(1, count + 1)), window=window, out_shape=(count, last - first, columns))

    with ThreadPoolExecutor(len(edges), "show") as pool:
        return np.concatenate(list(pool.map(part, edges, edges[1:])), axis=1)


def _stretched(band: Any, valid: Any) -> Any:
    """Return a band as numbers from 0 to 1."""
    import numpy as np  # noqa: PLC0415 - slow to import

    low, high = np.percentile(band[valid], _STRETCH) if valid.any() else (0, 1)
    return np.clip((band.astype(np.float64) - low) / max(high - low, 1e-12), 0, 1)


def _painted(colours: Sequence[Any], valid: Any) -> Picture:
    import numpy as np  # noqa: PLC0415 - slow to import

    layers = [np.where(valid, (colour * _OPAQUE).round(), 0) for colour in (*colours, np.ones(valid.shape))]
    return Picture(np.stack(layers, axis=2).astype(np.uint8))


def _edges(length: int, parts: int) -> list[int]:
    """Return where each of so many parts of about the same length begins."""
    return [length * part // parts for part in range(parts)]

"""Pictures that the base install cannot decode, opened with rasterio where it is installed (the raster extra)."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from m2msync.core.deep import Unopened


@cache
def available() -> bool:
    """Return whether rasterio is installed."""
    return find_spec("rasterio") is not None


def open_picture(path: Path, unopened: Unopened) -> str | None:
    """Decode every block of a picture; return what is wrong with it.

    Raises:
        LookupError: this build of the library does not know the compression either.
    """
    import rasterio  # noqa: PLC0415 - an extra, and slow to import

    name = f"/vsitar/{path}/{unopened.member}" if unopened.member else str(path)
    try:
        with rasterio.open(f"GTIFF_DIR:{unopened.picture}:{name}") as picture:
            for _, window in picture.block_windows(1):
                picture.read(window=window)
    except rasterio.errors.RasterioError as error:
        told = f"{error} {error.__cause__ or ''}"
        if "missing codec" in told:
            raise LookupError(unopened.compression) from None
        return (
            f"picture {unopened.picture} of the TIFF cannot be opened: its {unopened.compression} data is corrupt"
        )
    return None

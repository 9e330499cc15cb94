"""Pictures that the base install cannot decode, opened with rasterio where it is installed (the raster extra)."""

from __future__ import annotations

import threading
import warnings
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from m2msync.core.deep import Unopened

_FILTERS = threading.Lock()


@cache
def available() -> bool:
    """Return whether rasterio is installed."""
    return find_spec("rasterio") is not None


def open_picture(path: Path, unopened: Unopened) -> str | None:
    """Decode every block of a picture; return what is wrong with it.

    Raises:
        LookupError: this build of the library does not know the compression either.
    """
    from rasterio.errors import RasterioError  # noqa: PLC0415 - an extra, and slow to import

    place = f"/vsitar/{path}/{unopened.member}" if unopened.member else str(path)
    try:
        with opened(f"GTIFF_DIR:{unopened.picture}:{place}") as picture:
            for _, window in picture.block_windows(1):
                picture.read(window=window)
    except RasterioError as error:
        if "missing codec" in f"{error} {error.__cause__}":
            raise LookupError(unopened.compression) from None
        what = f"picture {unopened.picture} of the TIFF"
        return f"{what} cannot be opened: its {unopened.compression} data is corrupt"
    return None


def opened(name: str, mode: str = "r", **how: Any) -> Any:
    """Open a picture as rasterio does, without its warning about pictures that have no place on earth."""
    import rasterio  # noqa: PLC0415 - as above

    # rasterio finds it worth a warning that overviews have no place on earth. The filters are the whole process's.
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        return rasterio.open(name, mode, **how)

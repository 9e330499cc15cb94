"""What each band of each sensor sees, and how its numbers become radiance, reflectance and temperature."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import Literal

Role = Literal["coastal", "blue", "green", "red", "nir", "swir1", "swir2", "pan", "cirrus", "thermal"]

THERMAL_SCALE, THERMAL_OFFSET = 0.00341802, 149.0
"""Kelvin per count, and kelvin at zero, of level-2 surface temperature."""
SURFACE_SCALE, SURFACE_OFFSET = 2.75e-05, -0.2
"""Reflectance per count, and at zero, of level-2 surface reflectance."""


@dataclass(frozen=True, slots=True)
class Band:
    """One band of level 1; radiances are in W/(m2 sr um)."""

    role: Role
    low: float
    """Radiance of count 1."""
    high: float
    """Radiance of the highest count."""
    constant: float | tuple[float, float]
    """Solar irradiance at the top of the atmosphere, or K1 and K2 of a thermal band."""
    highest: int
    """The highest count."""

    @property
    def radiance(self) -> tuple[float, float]:
        """Scale and offset from counts to radiance."""
        scale = (self.high - self.low) / (self.highest - 1)
        return scale, self.low - scale

    @property
    def reflectance(self) -> tuple[float, float] | None:
        """Scale and offset from counts to reflectance; None of a thermal band."""
        if isinstance(self.constant, tuple):
            return None
        if self.highest == _WORD:
            return 2e-05, -0.1
        scale, offset = self.radiance
        return scale * pi / self.constant, offset * pi / self.constant


_BYTE, _WORD = 255, 65535

# Limits and constants as the metadata of real scenes give them.
BANDS: dict[str, dict[str, Band]] = {
    "oli-tirs": {
        "1": Band("coastal", -64.61092, 782.40094, 1895.3, _WORD),
        "2": Band("blue", -66.36053, 803.58759, 2004.6, _WORD),
        "3": Band("green", -60.97659, 738.39124, 1820.7, _WORD),
        "4": Band("red", -51.68245, 625.84460, 1549.4, _WORD),
        "5": Band("nir", -31.70795, 383.96490, 951.8, _WORD),
        "6": Band("swir1", -7.92118, 95.92091, 247.6, _WORD),
        "7": Band("swir2", -2.67465, 32.38846, 85.5, _WORD),
        "8": Band("pan", -58.50281, 708.43524, 1724.0, _WORD),
        "9": Band("cirrus", -13.15367, 159.28333, 367.0, _WORD),
        "10": Band("thermal", 0.10038, 25.00330, (799.0284, 1329.2405), _WORD),
        "11": Band("thermal", 0.10035, 22.97172, (475.6581, 1198.3494), _WORD),
    },
    "etm": {
        "1": Band("blue", -6.2, 191.6, 1970.0, _BYTE),
        "2": Band("green", -6.4, 196.5, 1842.0, _BYTE),
        "3": Band("red", -5.0, 152.9, 1547.0, _BYTE),
        "4": Band("nir", -5.1, 241.1, 1044.0, _BYTE),
        "5": Band("swir1", -1.0, 47.57, 225.7, _BYTE),
        "6_VCID_1": Band("thermal", 0.0, 17.04, (666.09, 1282.71), _BYTE),
        "6_VCID_2": Band("thermal", 3.2, 12.65, (666.09, 1282.71), _BYTE),
        "7": Band("swir2", -0.35, 16.54, 82.06, _BYTE),
        "8": Band("pan", -4.7, 243.1, 1369.0, _BYTE),
    },
    "tm": {
        "1": Band("blue", -1.52, 193.0, 1958.0, _BYTE),
        "2": Band("green", -2.84, 365.0, 1827.0, _BYTE),
        "3": Band("red", -1.17, 264.0, 1551.0, _BYTE),
        "4": Band("nir", -1.51, 221.0, 1036.0, _BYTE),
        "5": Band("swir1", -0.37, 30.2, 214.9, _BYTE),
        "6": Band("thermal", 1.2378, 15.303, (607.76, 1260.56), _BYTE),
        "7": Band("swir2", -0.15, 16.5, 80.65, _BYTE),
    },
    "mss": {  # of Landsat 4 and 5; the two near infrared bands are drawn alike
        "1": Band("green", 3.0, 268.0, 1824.0, _BYTE),
        "2": Band("red", 3.0, 179.0, 1570.0, _BYTE),
        "3": Band("nir", 4.0, 148.0, 1249.0, _BYTE),
        "4": Band("nir", 4.0, 123.0, 853.4, _BYTE),
    },
}

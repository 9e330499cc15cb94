"""A small gazetteer of real places, as `placename` has it: the United States, and the world without them."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A named place; longitude and latitude in degrees."""

    name: str
    longitude: float
    latitude: float
    code: str
    """What it is, e.g. `PPL`; see KINDS."""
    country: str
    """Two letters; see COUNTRIES."""


KINDS = {"PPL": "populated place", "PPLC": "capital of a political entity", "LK": "lake", "ISLS": "islands"}
COUNTRIES = {"CR": "Costa Rica", "EC": "Ecuador", "FJ": "Fiji", "GB": "United Kingdom", "US": "United States"}

PLACES = (
    Place("Galapagos Islands", -90.5, -0.67, "ISLS", "EC"),
    Place("Quito", -78.52, -0.23, "PPLC", "EC"),
    Place("San José", -84.08, 9.93, "PPLC", "CR"),
    Place("Suva", 178.44, -18.14, "PPLC", "FJ"),
    Place("Boston", -0.03, 52.98, "PPL", "GB"),
    Place("Boston", -71.06, 42.36, "PPL", "US"),
    Place("Lake Tahoe", -120.03, 39.09, "LK", "US"),
    Place("San Jose", -121.89, 37.34, "PPL", "US"),
    Place("Sioux Falls", -96.73, 43.55, "PPL", "US"),
    Place("Sioux Falls", -96.7, 43.54, "PPL", "US"),
    Place("Springfield", -89.64, 39.8, "PPL", "US"),
    Place("Springfield", -93.29, 37.22, "PPL", "US"),
    Place("Springfield", -72.59, 42.1, "PPL", "US"),
)


def places_named(text: str, feature_type: str | None) -> list[tuple[int, Place]]:
    """Return the places whose name has a part like `text`, in upper or lower case, with their numbers.

    Args:
        text: what is asked for.
        feature_type: `US` or `World`, in upper or lower case; None for both.
    """
    wanted, kind = text.strip().casefold(), (feature_type or "").casefold()
    return [
        (number, place)
        for number, place in enumerate(PLACES, 1)
        if wanted in place.name.casefold() and kind in {"", "us" if place.country == "US" else "world"}
    ]

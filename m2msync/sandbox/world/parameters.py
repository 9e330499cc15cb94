"""Reading what clients send: the right kind of JSON value, or the refusal that says which parameter is wrong."""

from __future__ import annotations

from math import isfinite
from typing import Any

from m2msync.sandbox.errors import invalid


def object_of(value: object, parameter: str) -> dict[str, Any]:
    """Return a JSON object; null is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(parameter, "an object is expected")
    return value


def list_of(value: object, parameter: str) -> list[Any]:
    """Return a JSON array; null is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise invalid(parameter, "an array is expected")
    return value


def number_of(value: object, parameter: str) -> float:
    """Return a finite number, which may be written as text."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise invalid(parameter, f"{value!r} is not a number") from None
    if not isfinite(number):
        raise invalid(parameter, f"{value!r} is not a number")
    return number

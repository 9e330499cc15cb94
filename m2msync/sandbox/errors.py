"""How the simulated service refuses: an error code, a message and an HTTP status (api.md §3)."""

from __future__ import annotations

# Statuses that were recorded (api.md §3.1); everything else travels with 200. Where nothing was recorded (404 and
# 400 below) the choice follows the official sample client, which expects errors in JSON with these statuses.
STATUS = {
    "RATE_LIMIT": 500,
    "VERSION_UNKNOWN": 500,
    "AUTH_UNAUTHROIZED": 403,
    "AUTH_KEY_INVALID": 403,
    "SERVER_ERROR": 500,
    "ENDPOINT_UNAVAILABLE": 404,
    "INPUT_FORMAT": 400,
}


class Refusal(Exception):
    """The service answers with an error instead of data."""

    def __init__(self, code: str, message: str, *, status: int | None = None) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.status = STATUS.get(code, 200) if status is None else status


def required(parameter: str) -> Refusal:
    """Return the refusal of a call that lacks a parameter."""
    return Refusal("INPUT_PARAMETER_REQUIRED", f"The {parameter} parameter is required")


def invalid(parameter: str, why: str) -> Refusal:
    """Return the refusal of a call with a parameter the service cannot use."""
    return Refusal("INPUT_PARAMETER_INVALID", f"The {parameter} parameter is invalid: {why}")

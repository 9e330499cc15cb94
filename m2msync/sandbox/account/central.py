"""Wall-clock strings in US Central time, as the service writes them (api.md §1), without a time zone database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone


def central(epoch: float) -> datetime:
    """Return a moment, in seconds since 1970, as US Central time."""
    moment = datetime.fromtimestamp(epoch, UTC)
    begins = _sunday(moment.year, 3, 2) + timedelta(hours=8)  # 2:00 standard time
    ends = _sunday(moment.year, 11, 1) + timedelta(hours=7)  # 2:00 daylight time
    return moment.astimezone(timezone(timedelta(hours=-5 if begins <= moment < ends else -6)))


def stamp(epoch: float) -> str:
    """Return a moment as `2023-03-28 20:04:39-05`."""
    moment = central(epoch)
    return f"{moment:%Y-%m-%d %H:%M:%S}-0{-_hours(moment)}"


def stamp_of(day: date, clock: str = "00:00:00") -> str:
    """Return a time of a day's US Central wall clock, such as `2023-03-28 00:00:00-05`."""
    return f"{day} {clock}{stamp(datetime.combine(day, time(12), UTC).timestamp())[-3:]}"


def _sunday(year: int, month: int, nth: int) -> datetime:
    first = datetime(year, month, 1, tzinfo=UTC)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))


def _hours(moment: datetime) -> int:
    offset = moment.utcoffset()
    return int(offset.total_seconds() // 3600) if offset else 0

"""Days spread evenly over the time from the first to the last of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def spread(days: Sequence[int], number: int) -> tuple[int, ...]:
    """Return the places of those days that are spread most evenly.

    They are the first, the last, and between them those for which the squares of the gaps add up to the least: a
    long gap costs more than two short ones, so neither holes nor crowds are left that the days do not force. No
    other choice with these ends adds up to less. A single day is the one nearest the middle, of two as near the
    later. The work is in proportion to the product of both lengths.

    Args:
        days: each once, ascending.
        number: how many are wanted, at least one; all days are returned when there are no more.
    """
    last = len(days) - 1
    if number > last:
        return tuple(range(len(days)))
    if number == 1:
        return (min(range(len(days)), key=lambda p: (abs(2 * days[p] - days[0] - days[-1]), -p)),)
    steps = number - 1
    least = [(day - days[0]) ** 2 for day in days]  # of the way to each day in one step
    origins: list[list[int]] = []
    for step in range(2, steps + 1):
        # A day is reached in so many steps only with as many before it, and must leave as many behind it.
        first, end = (last, last + 1) if step == steps else (step, last - (steps - step) + 1)
        least, origin = _next(days, least, step - 1, first, end)
        origins.append(origin)
    places = [last]
    for origin in reversed(origins):
        places.append(origin[places[-1]])
    return (0, *reversed(places))


def _next(
    days: Sequence[int], least: Sequence[int], start: int, first: int, end: int
) -> tuple[list[int], list[int]]:
    """Return the least sums of squares at the days `first` to `end` with one more gap, and where that gap begins.

    For a gap from q to p the sum is least[q] + days[q]² - 2·days[q]·days[p], and days[p]² for every q. That is a
    line for each q; the steeper ones win later, so that those that can still win are kept as a hull (the convex
    hull trick).
    """
    sums, origin = [0] * len(days), [0] * len(days)
    hull: list[tuple[int, int, int]] = []  # slope, height at 0, q
    head = 0
    for p in range(start + 1, end):
        line = (-2 * days[p - 1], least[p - 1] + days[p - 1] ** 2, p - 1)
        while len(hull) - head > 1 and _never_wins(hull[-2], hull[-1], line):
            hull.pop()
        hull.append(line)
        if p < first:
            continue
        while len(hull) - head > 1 and _at(hull[head + 1], days[p]) <= _at(hull[head], days[p]):
            head += 1
        sums[p] = _at(hull[head], days[p]) + days[p] ** 2
        origin[p] = hull[head][2]
    return sums, origin


def _at(line: tuple[int, int, int], day: int) -> int:
    return line[0] * day + line[1]


def _never_wins(before: tuple[int, int, int], line: tuple[int, int, int], after: tuple[int, int, int]) -> bool:
    """Whether `after` falls below `before` no later than `line` does."""
    return (after[1] - before[1]) * (before[0] - line[0]) <= (line[1] - before[1]) * (before[0] - after[0])

"""A picture drawn in a terminal: half blocks, two pixels a character."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

    Cell = tuple[int, int, int] | None
    Pixels = Sequence[Sequence[Cell]]

_LEFT = 3  # lines of the terminal that stay free for what is said beside the picture
_UPPER, _LOWER = "\u2580", "\u2584"


def draw(stream: TextIO, cells: Callable[[int, int], Pixels]) -> None:
    """Draw a picture, as large as the terminal takes it and in the colours it has.

    Args:
        stream: a terminal.
        cells: returns the picture with at most so many columns and rows of colours.
    """
    console = Console(file=stream, highlight=False)
    pixels = cells(console.width, 2 * max(1, console.height - _LEFT))
    for line in range(0, len(pixels), 2):
        upper = pixels[line]
        lower = pixels[line + 1] if line + 1 < len(pixels) else [None] * len(upper)
        text = Text(no_wrap=True, overflow="crop")
        for pair in zip(upper, lower, strict=True):
            text.append(*_character(*pair))
        console.print(text)


def _character(upper: Cell, lower: Cell) -> tuple[str, Style]:
    """Return the half block that shows two pixels; where there is nothing, the terminal's own ground is seen."""
    if upper is None:
        return (_LOWER, Style(color=_colour(lower))) if lower else (" ", Style())
    return _UPPER, Style(color=_colour(upper), bgcolor=_colour(lower) if lower else None)


def _colour(cell: tuple[int, int, int]) -> Color:
    return Color.from_rgb(*cell)

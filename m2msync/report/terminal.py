"""What a stream is: a terminal or not, coloured or not."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

SHOW_CURSOR = b"\x1b[?25h\n"


def is_terminal(stream: TextIO) -> bool:
    """Return whether a stream is a terminal that understands cursor movements."""
    return stream.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}


def is_coloured(stream: TextIO) -> bool:
    """Return whether colours may be used on a stream (https://no-color.org)."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def restore(stream: TextIO) -> None:
    """Give the terminal its cursor back, without locks or buffers: for a process that ends at once."""
    if is_terminal(stream):
        with suppress(OSError):
            os.write(stream.fileno(), SHOW_CURSOR)

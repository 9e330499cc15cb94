"""Lines that are no YAML because of a slip of the finger, a word processor or a merge.

The parser notices them late, often a line further down; so they are looked for once it has refused a text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SLIPS = (
    (
        re.compile(r"(<{7}|={7}|>{7}|\|{7})(?: .*)?"),
        "a merge left the marker {0} here",
        "keep one side, and delete the markers",
    ),
    (re.compile(r"(```|~~~).*"), "{0} is a mark of Markdown", "delete the line"),
    (
        re.compile("( *)[\u00a0\u2000-\u200b\u202f\u3000].*"),
        "a blank that is none indents this line, as from a web page",
        "indent with plain spaces",
    ),
    (re.compile("( *)[\u2010-\u2015\u2022\u2212] .*"), "a typographic dash begins this line", "write - for it"),
    (re.compile("\\s*(?:- )?([\\w ]+?) *\uff1a.*"), "the colon after {0} is not a plain one", "write {0}: …"),
    (
        re.compile(r"\s*(?:- )?(\w+)(?::[^\s/\\].*| *= *(?![=>]).*)"),
        "{0} must be followed by a colon and a blank",
        "write {0}: …",
    ),
)
"""The line, what is wrong with it, and what to do; {0} is the line's first group."""


def find_slip(lines: Sequence[str]) -> tuple[tuple[int, int], str, str] | None:
    """Return where the last slip in some lines is, what it is and what to write; None when there is none known.

    Args:
        lines: up to the one that the parser refused.
    """
    for number in range(len(lines), max(len(lines) - 3, 0), -1):
        for pattern, message, hint in _SLIPS:
            if found := pattern.fullmatch(lines[number - 1]):
                column = len(lines[number - 1]) - len(lines[number - 1].lstrip()) + 1
                return (number, column), message.format(found[1]), hint.format(found[1])
    return None

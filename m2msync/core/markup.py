"""Texts of web pages without their markup."""

from __future__ import annotations

from html.parser import HTMLParser

_SILENT = frozenset({"script", "style"})
_WITHIN_WORDS = frozenset({"a", "b", "em", "font", "i", "span", "strong", "sub", "sup", "u"})


def without_markup(text: str) -> str:
    """Return what a person would read of a piece of HTML, on one line."""
    page = _Page()
    page.feed(text)
    page.close()
    return " ".join("".join(page.texts).split())


class _Page(HTMLParser):
    """Collects what is shown; a tag that begins a line or a cell ends a word."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._silent = tag in _SILENT
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self._silent = False
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data)

    def _part(self, tag: str) -> None:
        if tag not in _WITHIN_WORDS:
            self.texts.append(" ")

"""The pages of docs/ as topics of `m2msync help`: one place for each fact."""

from __future__ import annotations

from m2msync.core.errors import UsageError
from m2msync.core.wording import listed, meant
from m2msync.resources import shared

FILE = "datasette"
"""The topic that is no page but a file to be kept: what Datasette is told of a catalog."""
_HOW_TO = "how-to-"
_SHORT = "questions"
_MOST = 3
_ENDINGS = (".md", ".yaml")


def titles() -> dict[str, str]:
    """Return what each topic is about, by its name, in the order of the names."""
    found = {}
    for name, text in _pages().items():
        found[name] = text.partition("\n")[0].removeprefix("#").strip()
    return dict(sorted(found.items()))


def page(topic: str) -> str:
    """Return the text of a topic, in Markdown but for FILE.

    Raises:
        UsageError: there is no such topic.
    """
    pages = _pages()
    wanted = topic.lower().removesuffix(".md").removeprefix(_HOW_TO).replace(" ", "-").replace("_", "-")
    if wanted not in pages:
        raise UsageError(
            f"there is no topic {topic!r}", hint=meant(wanted, pages, otherwise=_telling(topic, pages))
        )
    return pages[wanted]


def _telling(word: str, pages: dict[str, str]) -> str:
    """Return which pages have a word, that of short answers first, then by how often."""
    times = {name: text.casefold().count(word.casefold()) for name, text in pages.items()}
    found = sorted((name for name in pages if times[name]), key=lambda name: (name != _SHORT, -times[name], name))
    return f"of {word!r} tell {listed(found[:_MOST])}" if found else "`m2msync help` lists the topics"


def _pages() -> dict[str, str]:
    """Return the pages by their names, how-to's without saying so; the index is none."""
    return {
        file.name.rpartition(".")[0].removeprefix(_HOW_TO): file.read_text(encoding="utf-8")
        for file in shared("docs").iterdir()
        if file.name.endswith(_ENDINGS) and file.name != "README.md"
    }

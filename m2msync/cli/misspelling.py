"""What is wrong with a command line that click does not understand, and what was surely meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from m2msync.core.manifest import ENDINGS
from m2msync.core.wording import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

TAKEN = (*ENDINGS, ".json")
"""How the names of files end that stand for a manifest on the command line: a saved plan does too."""
_TYPOGRAPHIC = re.compile("[-\u2010-\u2015\u2212]*[\u2010-\u2015\u2212][-\u2010-\u2015\u2212]*(?=[A-Za-z])")
"""What word processors make of the hyphens before a flag."""
_EXTRA = re.compile(r"Got unexpected extra arguments? \((.*)\)", re.DOTALL)
_UNIT = re.compile(r"[KMGTP]?i?B", re.IGNORECASE)


def explain_usage(error: click.UsageError, words: Sequence[str], verb: str) -> tuple[str, str]:
    """Return a sentence and a way out.

    Args:
        error: what click makes of the command line.
        words: the command line.
        verb: the verb in it; empty when there is none.
    """
    asked = f"m2msync {verb}".strip()
    sentence = _sentence(error)
    hint = f"`{asked} --help` tells what it takes"
    extra = _EXTRA.match(sentence)
    if extra or isinstance(error, click.NoSuchOption):
        for word in words:
            if dashes := _TYPOGRAPHIC.match(word):
                return f"{shown(word)} does not begin with plain hyphens", f"write --{word[dashes.end() :]}"
    if isinstance(error, click.NoSuchOption):
        return _option(error, words, hint)
    return sentence, _of_extra(extra[1]) or hint if extra else hint


def _sentence(error: click.UsageError) -> str:
    told = " ".join(error.format_message().split())
    return told.replace("a valid integer range", "a whole number")


def _option(error: click.NoSuchOption, words: Sequence[str], hint: str) -> tuple[str, str]:
    """Tell of an option that there is not; of `-dry-run` click sees `-d` alone."""
    name = error.option_name
    if not name.startswith("--"):
        name = next((word for word in words if word.startswith(name)), name)
    sentence = f"No such option {name!r}."
    if name[1:2].isdigit():
        return sentence, "write numbers as one word with commas, e.g. --bbox -91.7,-1.5,-89.2,0.7"
    if error.ctx and error.ctx.parent is None:
        return sentence, "options go after the command, e.g. m2msync plan coast.yaml --json"
    known = [flag for p in (error.ctx.command.params if error.ctx else ()) for flag in (*p.opts, *p.secondary_opts)]
    # Without the hyphens, which would make all of them alike.
    near = nearest(name.lstrip("-"), [flag[2:] for flag in known if flag.startswith("--")])
    return sentence, f"did you mean --{near}?" if near else hint


def _of_extra(words: str) -> str:
    """Return what to do about words that are too many, nothing when that is not known."""
    first = words.partition(" ")[0]
    if _UNIT.fullmatch(first):
        return f"write a size as one word, e.g. 5{first}"
    return "one manifest at a time; run the command once for each" if first.endswith(TAKEN) else ""

"""Runs another author's program with nothing changed but the address it calls.

Usage: python elsewhere.py MODULE:CONSTANT ADDRESS COMMAND [ARGUMENT...]
       python elsewhere.py MODULE:CONSTANT ADDRESS MODULE:FUNCTION '{"argument": "value"}'

It stands alone, because it runs in the environment of the program.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.metadata import entry_points


def main(constant: str, address: str, what: str, *arguments: str) -> None:
    """Run a command as its author installed it, or call a function and print what it returns as JSON."""
    redirect(constant, address)
    if ":" in what:
        module, _, function = what.partition(":")
        print(json.dumps(getattr(import_module(module), function)(**json.loads(arguments[0]))))  # noqa: T201
        return
    (script,) = entry_points(group="console_scripts", name=what)
    sys.argv = [what, *arguments]
    script.load()()


def redirect(constant: str, address: str) -> None:
    """Give a constant another value; one that is no longer what it was is an error, not a call to the real service."""
    module, _, name = constant.partition(":")
    if not getattr(import_module(module), name).startswith("https://m2m.cr.usgs.gov/"):
        raise SystemExit(f"{constant} is not the address of M2M")
    setattr(import_module(module), name, address)


main(*sys.argv[1:])

"""The command line: one verb a file.

At the top of these files stands nothing heavier than click, so that `--help` answers at once; whatever brings
requests, pandas, rich or a server is imported by the functions that need it (cli/opening.py, cli/output.py).
"""

from __future__ import annotations

from m2msync.cli.program import main

__all__ = ["main"]

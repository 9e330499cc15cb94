"""Writes the list that `rclone check --combined` writes: a symbol and a path on every line."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from m2msync.core.errors import StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Write = Callable[[Iterable[tuple[str, str]]], None]

_BREAKS = str.maketrans({"\n": "\\n", "\r": "\\r"})  # a name with a line break must not make a line of its own


@contextmanager
def combined(path: str | None) -> Iterator[Write]:
    """Yield what writes the list; whether it can be written is known before anything else is done.

    Args:
        path: where to, None for nowhere. The file appears when the list is complete.

    Raises:
        UsageError: it cannot be written there.
    """
    if path is None:
        yield lambda _rows: None
        return
    target = Path(path)
    # A pipe or device is written as it is, a file beside its place first.
    draft = target if target.exists() and not target.is_file() else target.with_name(f"{target.name}.part")
    try:
        file = draft.open("w", encoding="utf-8", errors="surrogateescape", newline="\n")
    except OSError as error:
        raise UsageError(
            f"the list cannot be written to {path}: {error.strerror}", hint="give --combined another file"
        ) from None

    def write(rows: Iterable[tuple[str, str]]) -> None:
        try:
            with file:
                file.writelines(f"{symbol} {path.translate(_BREAKS)}\n" for symbol, path in rows)
            if draft != target:
                draft.replace(target)
        except OSError as error:
            raise StorageError(f"the list could not be written to {path}: {error.strerror}") from None

    try:
        yield write
    finally:
        file.close()
        if draft != target:
            draft.unlink(missing_ok=True)

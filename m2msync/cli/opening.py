"""Opens a manifest for a verb: with the user's account, or with a sandbox of its own."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from m2msync.core.addresses import is_remote
from m2msync.core.errors import UsageError
from m2msync.core.secrets import Secret
from m2msync.m2m.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.cli.options import Settings
    from m2msync.core.events import Sink
    from m2msync.core.saved import Saved
    from m2msync.exploring import Explorer
    from m2msync.sandbox.serve import Sandbox
    from m2msync.sync import Sync


@contextmanager
def opened(settings: Settings, manifest: str) -> Iterator[Sync]:
    """Yield the manifest's Sync; with --sandbox it never sees the user's endpoint or credentials.

    Raises:
        M2MSyncError: the manifest, the catalog or the credentials cannot be used.
    """
    from m2msync.sync import load  # noqa: PLC0415 - brings requests and pandas

    if not settings.sandbox:
        yield load(manifest)
        return
    with serving() as sandbox:
        yield load(manifest, endpoint=sandbox.url, credentials=Credentials(sandbox.username, Secret(sandbox.token)))


def read_plan(file: str) -> tuple[str, Saved | None]:
    """Return the manifest that a file is, or that it is a saved plan of, and that plan.

    Raises:
        Stale: it is a plan that cannot be done.
    """
    from m2msync.core.saved import is_plan, read_saved  # noqa: PLC0415 - seldom needed

    try:
        text = Path(file).read_text(encoding="utf-8-sig")
        value = json.loads(text) if text.lstrip().startswith("{") else None
    except (OSError, ValueError):
        value = None  # then it is no plan, and whoever reads it as a manifest tells what is wrong
    if not is_plan(value):
        return file, None
    saved = read_saved(value, file)
    return str(Path(file).parent / saved.manifest_file), saved


@contextmanager
def exploring(settings: Settings, on_event: Sink) -> Iterator[Explorer]:
    """Yield a way to M2M without a manifest; with --sandbox it never sees the user's endpoint or credentials.

    Raises:
        M2MSyncError: there are no credentials.
    """
    from m2msync.exploring import Explorer  # noqa: PLC0415 - brings requests

    if not settings.sandbox:
        yield Explorer(on_event=on_event)
        return
    with serving() as sandbox:
        credentials = Credentials(sandbox.username, Secret(sandbox.token))
        yield Explorer(endpoint=sandbox.url, credentials=credentials, on_event=on_event)


@contextmanager
def serving(*, port: int = 0, seed: int = 0, profile: str = "calm") -> Iterator[Sandbox]:
    """Yield a sandbox that serves while the block lasts.

    Raises:
        UsageError: the sandbox's libraries are not installed, or the port is taken.
    """
    try:
        from m2msync.sandbox.serve import running  # noqa: PLC0415 - brings starlette and uvicorn
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the sandbox needs {error.name}, which is not installed", hint='pip install "m2msync[sandbox]"'
        ) from None
    with ExitStack() as stack:
        try:
            sandbox = stack.enter_context(running(port=port, seed=seed, profile=profile))
        except OSError as error:
            raise UsageError(
                f"the sandbox cannot listen on port {port}: {error.strerror}",
                hint="leave --port out for a free one",
            ) from None
        yield sandbox


def free_bytes(store: str) -> int | None:
    """Return the bytes that are free where the store is or will be, None where that cannot be told."""
    if is_remote(store):
        return None
    try:
        folder = next(place for place in (Path(store), *Path(store).parents) if place.is_dir())
        return shutil.disk_usage(folder).free
    except OSError:
        return None

"""Who makes the attempts of a run: threads of this process, or workers of a dask cluster.

Why it is done this way: docs/decisions/0021-cluster.md.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from m2msync.core.errors import UsageError
from m2msync.transfer.fetch import Transfer

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from m2msync.core.crew import Crew
    from m2msync.core.events import Sink
    from m2msync.store import Store
    from m2msync.transfer.transport import NewTransfer


def check_crew(crew: Crew) -> None:
    """Check that what a crew needs is installed.

    Raises:
        UsageError: it is not.
    """
    if crew.kind != "threads" and find_spec("distributed") is None:
        raise UsageError(
            "a cluster needs distributed, which is not installed", hint='pip install "m2msync[cluster]"'
        )


@contextmanager
def employing(
    crew: Crew, store: Store, *, jobs: int, patience: float, on_event: Sink, stop: threading.Event
) -> Iterator[NewTransfer]:
    """Yield what makes the transfers of a run, while the block lasts.

    Args:
        crew: who fetches.
        store: where files go.
        jobs: connections at a time, of all workers together.
        patience: seconds for which a host that does not serve, or a cluster without workers, is waited for.
        on_event: told what a person should know.
        stop: once set, workers are waited for no longer.

    Raises:
        ClusterError: there is no cluster, or its workers cannot do the work.
        Stopped: it was asked to stop.
    """
    if crew.kind == "threads":
        yield Transfer
        return
    from m2msync.transfer.joining import joined  # noqa: PLC0415 - brings distributed
    from m2msync.transfer.team import Team  # noqa: PLC0415

    with joined(crew, jobs, patience) as client:
        team = Team(client, store, patience=patience, scratch=crew.scratch)
        with team.gathered(jobs, on_event, stop):
            yield team.new_transfer

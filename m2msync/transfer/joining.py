"""Reaches a dask cluster, or starts one on this machine, and keeps dask from talking in between."""

from __future__ import annotations

import json
import logging
import signal
import sys
import warnings
from contextlib import contextmanager
from importlib.metadata import version
from multiprocessing import resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING

import distributed
from distributed.versions import VersionMismatchWarning

from m2msync.core.errors import ClusterGone, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.core.crew import Crew

_CONNECT = 10  # seconds until a scheduler has to answer
_LOGGERS = ("distributed", "distributed.client", "distributed.scheduler", "tornado", "tornado.application")
_ACCOUNT = ("M2M_USERNAME", "M2M_TOKEN", "USGS_USERNAME", "USGS_TOKEN")


@contextmanager
def joined(crew: Crew, jobs: int, patience: float) -> Iterator[distributed.Client]:
    """Yield a connection to a cluster, which is started here if it shall be local.

    Args:
        crew: which cluster.
        jobs: transfers at a time that a local one is made for.
        patience: seconds that a scheduler has to answer, at most.

    Raises:
        ClusterGone: its scheduler does not answer.
        UsageError: there is no such file.
    """
    with _hushed():
        if crew.kind == "local":
            with (
                _started(crew.workers, jobs) as cluster,
                distributed.Client(cluster, set_as_default=False) as client,
            ):
                yield client
            return
        client = _connect(_address(crew), min(_CONNECT, max(patience, 1.0)))
        try:
            yield client
        finally:
            client.close(timeout=2)


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep dask from writing between the lines that this program writes; what matters is told as errors."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def _started(workers: int, jobs: int) -> Iterator[distributed.LocalCluster]:
    """Run a cluster on this machine, whose processes know nothing of the account and do not hear Ctrl-C."""
    with _uninterrupted():
        cluster = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=-(-2 * jobs // workers),  # some only verify
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL + 1,
            memory_limit=0,
            env=dict.fromkeys(_ACCOUNT, ""),
        )
    try:
        yield cluster
    finally:
        cluster.close(timeout=10)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Start processes that Ctrl-C at the terminal does not reach: it asks to finish what is in flight."""
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # before, as it lifts the block in the thread that starts it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _connect(address: str, timeout: float) -> distributed.Client:
    if address.startswith("tls:") and not distributed.Security().get_connection_args("client").get("ssl_context"):
        raise UsageError(
            f"{address} needs certificates",
            hint="name them in dask's configuration: distributed.comm.tls.ca-file, client.cert and client.key",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)  # told in a sentence of our own
            return distributed.Client(address, timeout=timeout, set_as_default=False)
    except OSError as error:
        raise ClusterGone(
            f"no dask scheduler answers at {address}",
            hint=f"start it, with distributed {version('distributed')} as here, and run the same command again",
        ) from error


def _address(crew: Crew) -> str:
    if crew.kind == "address":
        return crew.address
    try:
        return str(json.loads(Path(crew.address).read_text(encoding="utf-8"))["address"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{crew.address} does not tell a scheduler's address",
            hint="`dask scheduler --scheduler-file FILE` writes it, and the workers read it",
        ) from error

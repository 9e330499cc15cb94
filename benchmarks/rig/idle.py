"""What it costs to find that there is nothing to do, and to print the help."""

from __future__ import annotations

import http.client
import json
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rig.measure import middle, run
from rig.rivals import manifest
from rig.workloads import BBOX, DATASET, DATES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rig.hosting import Host
    from rig.measure import Cost
    from rig.rivals import Task
    from rig.tables import Row

IMPORTS = 'python -c "import requests, yaml, sqlite3"'
CLICK = 'python -c "import click"'


def compared(task: Task, folder: Path, runs: int) -> tuple[dict[str, list[Cost]], float]:
    """Return what each command cost, and the seconds that M2M's answers take in a no-op apply.

    Args:
        task: whose files are got first, outside the measurement.
        folder: where the store is.
        runs: how often each command is run, in turn.
    """
    program = [sys.executable, "-m", "m2msync"]
    apply = [*program, "apply", str(manifest(task.job, folder)), "--json"]
    if run(apply, folder=folder, log=folder / "log", environment=task.host.environment).code:
        raise SystemExit((folder / "log").read_text(encoding="utf-8"))
    commands = {
        "m2msync apply, nothing to do": apply,
        IMPORTS: [sys.executable, "-c", "import requests, yaml, sqlite3"],
        "m2msync --help": [*program, "--help"],
        CLICK: [sys.executable, "-c", "import click"],
    }
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    answers = []
    for _ in range(runs):
        for name, command in commands.items():
            costs[name].append(run(command, folder=folder, log=folder / "log", environment=task.host.environment))
        answers.append(_conversation(task.host))
    return costs, median(answers)


def rows(costs: dict[str, list[Cost]], answers: float) -> Iterator[Row]:
    """Yield the rows of the table of what was to be reached."""
    applied, imports, helped, click = (middle(several, "wall") for several in costs.values())
    yield "no-op apply, 1,000 products, without M2M's answers", IMPORTS, (applied - answers) / imports, 3
    yield "`--help`", CLICK, helped / click, 1.5


def _conversation(host: Host) -> float:
    """Return how long the calls of a no-op apply take when nothing else is done: login, search, logout."""
    west, south, east, north = BBOX
    place = {
        "filterType": "mbr",
        "lowerLeft": {"latitude": south, "longitude": west},
        "upperRight": {"latitude": north, "longitude": east},
    }
    wanted = {"spatialFilter": place, "acquisitionFilter": DATES}
    parts = urlsplit(host.api)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    begun = time.perf_counter()

    def ask(name: str, key: str, **payload: Any) -> Any:
        connection.request("POST", parts.path + name, json.dumps(payload), {"X-Auth-Token": key} if key else {})
        return json.loads(connection.getresponse().read())["data"]

    key = ask("login-token", "", username=host.username, token=host.token)
    ask("scene-search", key, datasetName=DATASET, maxResults=1000, sceneFilter=wanted)
    ask("logout", key)
    connection.close()
    return time.perf_counter() - begun

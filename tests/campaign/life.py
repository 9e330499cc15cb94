"""One life of the command: from its start to the moment when it is killed, or to its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from .job import ROOT

if TYPE_CHECKING:
    from m2msync.sandbox.serve import Sandbox

    from .moments import Moment

_WITNESS = Path(__file__).parent / "witness"
_LONGEST = 20.0  # seconds a moment is waited for; then it is killed wherever it is
_LOOK = 0.001  # seconds between two looks; what is awaited happens in another process
_ABRUPT = (-signal.SIGKILL, -signal.SIGALRM)


class Life:
    """A running `m2msync apply` in a process group of its own, and the moment when it is to die."""

    def __init__(self, box: Sandbox, folder: Path, manifest: str, moment: Moment) -> None:
        self._box, self._moment, self._log = box, moment, folder / "life.log"
        self._calls, self._answered = Counter(box.counts.calls), len(box.counts.log)
        self._files = box.counts.files.total()
        told = {
            "PYTHONPATH": os.pathsep.join([str(_WITNESS), str(ROOT)]),
            "CAMPAIGN_MOMENT": f"{moment.what} {moment.nth} {moment.delay}",
        }
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "m2msync", "apply", manifest],
                cwd=folder, env=os.environ | box.env | told, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._born = time.monotonic()

    def end(self) -> bool:
        """Kill it when its moment has come, with everything it has started; return False if it had ended before."""
        while self._process.poll() is None and not self._has_come() and self._age < _LONGEST:
            time.sleep(_LOOK)
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        code = self._process.wait()
        told = self._log.read_text(encoding="utf-8", errors="replace")
        assert code in (*_ABRUPT, 0), told
        assert "Traceback" not in told, told
        return code in _ABRUPT

    @property
    def by_its_timer(self) -> bool:
        """Say whether it died just when it renamed or committed, not where it was when the waiting was over."""
        return self._process.returncode == -signal.SIGALRM

    def calling(self) -> str:
        """Return the API call that it died in, if any."""
        made = self._box.counts.calls - self._calls
        answered = Counter(name for name, _ in self._box.counts.log[self._answered :])
        return next(iter(made - answered), "")

    def had_called(self) -> bool:
        """Say whether it had come as far as M2M."""
        return bool(self._box.counts.calls - self._calls)

    @property
    def _age(self) -> float:
        return time.monotonic() - self._born

    def _has_come(self) -> bool:
        moment, counts = self._moment, self._box.counts
        if moment.told_by_witness:
            return False
        if moment.timed:
            return self._age >= moment.delay
        happened = (
            counts.files.total() - self._files
            if moment.what == "get"
            else (counts.calls - self._calls)[moment.what]
        )
        if happened < moment.nth:
            return False
        time.sleep(moment.delay)
        return True

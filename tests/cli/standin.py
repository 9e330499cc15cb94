"""A stand-in for `m2msync.sync`: tells what it was asked, and answers what the test wants.

As a program it runs the real command line on top of itself: `python standin.py ANSWER apply manifest.yaml`.
"""

import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

from m2msync.core.adoption import Adoption, Fated
from m2msync.core.events import (
    Compared,
    Draining,
    Failed,
    Landed,
    Matched,
    Moved,
    Planned,
    Searched,
    Seen,
    Stage,
    Started,
)
from m2msync.core.forgetting import Chosen, Forgotten
from m2msync.core.holding import Known
from m2msync.core.limits import Limits
from m2msync.core.plan import Action, Plan
from m2msync.core.result import Failure, Result, Standing, Status
from m2msync.core.safekeeping import Edition, Safekept
from m2msync.core.surplus import Leftover, Surplus
from m2msync.core.terms import Terms
from m2msync.core.validation import Validation
from m2msync.core.verification import Finding, Verification

KEY = "landsat_ot_c2_l1/LC09_L1TP_011059_20230328_20230329_02_T1_{}.TIF"
PATH = "landsat_ot_c2_l1/LC09_L1TP_011059_20230328_20230329_02_T1/LC09_L1TP_011059_20230328_20230329_02_T1_{}.TIF"
ASKED_TWICE = "finish"


def action(
    band="B2", verb="get", reason="never fetched", size=62_300_000, region="coast", dataset="landsat_ot_c2_l1"
):
    """An action about one band of one image."""
    return Action(
        key=KEY.format(band),
        verb=verb,
        reason=reason,
        dataset=dataset,
        region=region,
        image="LC90110592023087LGN00",
        display_id="LC09_L1TP_011059_20230328_20230329_02_T1",
        product=band,
        path=PATH.format(band),
        size=size,
    )


PLAN = Plan("coast", 7, (action("B2"), action("B3"), action("B4", "keep", "held")), api_calls=3)
NO_CHANGES = Plan("coast", 8, (action("B4", "keep", "held"),))
SUCCESS = Result("success", 0, got=2, kept=1, bytes=124_600_000, seconds=63.0, api_calls=3)
FAILURES = (
    Failure(KEY.format("B3"), PATH.format("B3"), "the connection broke 5 times", rerun_helps=True),
    Failure(KEY.format("B4"), PATH.format("B4"), "the file host says it does not exist", rerun_helps=False),
)
PARTIAL = Result("partial", 3, got=1, kept=0, bytes=62_300_000, seconds=4.2, failed=FAILURES)
STATUS = Status(
    "coast",
    wanted=4,
    held=2,
    bytes_held=124_600_000,
    problems=(
        Standing(KEY.format("B3"), PATH.format("B3"), "failed", "the connection broke 5 times", attempts=2),
        Standing(KEY.format("B4"), PATH.format("B4"), "missing", "file missing on disk"),
        Standing(KEY.format("B5"), PATH.format("B5"), "orphan", "no longer in manifest"),
    ),
    last_run="2023-11-06T12:00:00Z",
)


def known(band="B2", state="held"):
    """One band of one image as the catalog knows it."""
    a = action(band)
    return Known(a.key, a.dataset, a.region, a.image, a.display_id, band, state, (a.path,), a.size, claimed=True)


def surplus(*verbs, held=9, **rest):
    """A surplus with one file for each verb."""
    reasons = {"failed": "/data/coast cannot be written: Permission denied"}
    leftovers = tuple(
        Leftover(
            known(f"B{n}"),
            PATH.format(f"B{n}"),
            62_300_000,
            verb,
            reasons.get(verb, "no longer in manifest"),
            62_300_000,
        )
        for n, verb in enumerate(verbs, 2)
    )
    return Surplus("coast", leftovers, held, **rest)


CHOSEN = Chosen(
    known(), "tombstoned", "forgotten 2026-11-25: too cloudy", True, (PATH.format("B2"),), 62_300_000, ""
)
FORGOTTEN = Forgotten("coast", undo=False, products=(CHOSEN,))
ADOPTION = Adoption(
    "coast",
    "/nb",
    "link",
    dry_run=False,
    wanted=2,
    files=(Fated("B2.TIF", "adopted", "linked", KEY.format("B2"), 62_300_000),),
)
INTAKE = (
    Stage("looking through /nb"),
    Seen(5000),
    Matched(1, 62_300_000),
    Started("B2.TIF", "B2.TIF", 62_300_000),
    Moved("B2.TIF", 62_300_000),
    Compared("B2.TIF", "adopted", "linked", KEY.format("B2"), 62_300_000),
)
SAFEKEPT = Safekept("push", "s3://bucket/coast", "/home/coast.db", Edition("c0ffee", 7), 98_304)
VALIDATION = Validation(images=3, files=12, bytes=124_600_000, kept=0)
CLEAN = Verification("coast", "digest", same=(PATH.format("B2"), PATH.format("B3")), bytes=124_600_000, seconds=0.4)
DAMAGED = Verification(
    "coast",
    "digest",
    same=(PATH.format("B2"),),
    damaged=(Finding(KEY.format("B3"), PATH.format("B3"), "-", "file missing on disk"),),
    extra=("notes.txt",),
    bytes=62_300_000,
    seconds=0.4,
)
EVENTS = (
    Stage("searching", 1),
    Searched("landsat_ot_c2_l1", "coast", 3),
    Planned(2, 1, 0, 124_600_000),
    Stage("fetching", 2),
    Started(KEY.format("B2"), PATH.format("B2"), 62_300_000),
    Moved(KEY.format("B2"), 62_300_000),
    Landed(KEY.format("B2"), PATH.format("B2"), 62_300_000, "sha256:00"),
    Failed(KEY.format("B3"), PATH.format("B3"), "the connection broke 5 times", rerun_helps=True),
)


@dataclass
class StandIn:
    """Answers every question with a prepared value; an exception among them is raised."""

    answers: dict[str, Any] = field(default_factory=dict)
    events: tuple = ()
    asked: list = field(default_factory=list)

    def module(self):
        """Return it as the module `m2msync.sync`."""
        module = ModuleType("m2msync.sync")
        module.load = self.load
        return module

    def load(self, path, *, endpoint=None, credentials=None):
        self.asked.append(("load", path, endpoint, credentials and credentials.token.reveal()))
        self._answer("load")
        self.manifest = SimpleNamespace(store="/data/coast")
        return self

    def plan(self, on_event, *, scope, full, explain):
        self._tell(on_event)
        return self._answer("plan", PLAN)

    terms = Terms(jobs=5, limits=Limits(max_bytes=9, reserve_free=7))

    def apply(self, on_event, *, terms, scope, saved, stop):
        self.asked.append(("apply", terms))
        self._tell(on_event)
        if self.answers.get("apply") in (ASKED_TWICE, "drain"):
            return self._wait(on_event, stop, self.answers["apply"])
        return self._answer("apply", SUCCESS)

    def adopt(self, folder, on_event, *, how, by_digest, dry_run, locked, stop):
        self.asked.append(("adopt", folder, how, by_digest, dry_run, locked))
        for event in INTAKE:
            on_event(event)
        return self._answer("adopt", ADOPTION)

    def status(self):
        return self._answer("status", STATUS)

    def prune(self, _on_event, **how):
        self.asked.append(("prune", how))
        return self._answer("prune", Surplus("coast", (), 4))

    def forget(self, keys, **how):
        self.asked.append(("forget", keys, how))
        return self._answer("forget", FORGOTTEN)

    def verify(self, on_event, *, stop, **how):
        self.asked.append(("verify", how))
        self._tell(on_event)
        if self.answers.get("verify") == "drain":
            sys.stderr.write("running\n")
            sys.stderr.flush()
            stop.wait()
            return Verification("coast", "digest", same=(PATH.format("B2"),), unreached=1, resume=1_795_348_803.5)
        return self._answer("verify", CLEAN)

    def keep_catalog(self, way, **how):
        self.asked.append(("keep_catalog", way, how))
        return self._answer("keep_catalog", SAFEKEPT)

    def validate(self, _on_event):
        self.asked.append(("validate",))
        return self._answer("validate", VALIDATION)

    def _wait(self, on_event, stop, how):
        """Go on until the interrupt has been heeded; with ASKED_TWICE, for ever after."""
        sys.stderr.write("running\n")
        sys.stderr.flush()
        stop.wait()
        on_event(Draining(2))
        if how == ASKED_TWICE:
            threading.Event().wait()
        return Result("interrupted", 130, got=1, bytes=1)

    def _tell(self, on_event):
        for event in self.events:
            on_event(event)

    def _answer(self, name, default=None):
        answer = self.answers.get(name, default)
        if isinstance(answer, BaseException):
            raise answer
        return answer


@contextmanager
def box(**asked):
    """Stand in for a running sandbox."""
    token = "sandbox-token"
    yield SimpleNamespace(
        url="http://127.0.0.1:1/api/",
        username="sandbox",
        token=token,
        env={"M2MSYNC_ENDPOINT": "http://127.0.0.1:1/api/", "M2M_TOKEN": "it's", "ASKED": str(asked)},
    )


if __name__ == "__main__":
    from m2msync.cli import main

    sys.modules["m2msync.sync"] = StandIn({sys.argv[2]: sys.argv[1]}, EVENTS).module()
    main(sys.argv[2:])

"""Named bad days: which faults happen and which of the service's ways are played."""

from __future__ import annotations

from typing import Any, NamedTuple

from m2msync.sandbox.behaviour import Behaviour, Limits, Staging

_EVERYTHING = frozenset({"dds", "dds_ms", "ls_zip", "ls_s3", "ls_frb"})
_BUSY = {"code": "RATE_LIMIT", "message": "Your account does not support multiple requests at a time"}


class Profile(NamedTuple):
    """One sentence, the rules in force from the start (see faults), and what is played."""

    text: str
    rules: tuple[dict[str, Any], ...] = ()
    behaviour: Behaviour = Behaviour()


PROFILES: dict[str, Profile] = {
    "calm": Profile("Nothing goes wrong."),
    "flaky": Profile(
        "A bad day: now and then the API answers with HTML or drops the line, and transfers break off.",
        (
            {"api": "*", "every": 13, "kind": "html"},
            {"api": "*", "every": 17, "kind": "status", "status": 502},
            {"api": "*", "every": 29, "kind": "drop"},
            {"file": "*", "every": 5, "kind": "drop", "keep": 0.5},
            {"file": "*", "every": 7, "kind": "status", "status": 503},
            {"file": "*.tar", "times": 1, "each": True, "kind": "status", "status": 504},
        ),
    ),
    "damaged": Profile(
        "The first fetch of every file arrives, but not as it should.",
        (
            {"file": "*.TIF", "times": 1, "each": True, "kind": "truncate", "keep": 0.7, "length": False},
            {"file": "*.txt", "times": 1, "each": True, "kind": "html200"},
            {"file": "*", "times": 1, "each": True, "kind": "empty"},
        ),
    ),
    "maintenance": Profile(
        "After the third call the API shows a web page four times, then all is well.",
        ({"api": "*", "nth": range(4, 8), "kind": "html"},),
    ),
    "unreachable": Profile(
        "At the fourth call the API hangs up and refuses connections for two seconds; the file hosts stay.",
        ({"api": "*", "nth": [4], "kind": "refuse", "seconds": 2.0},),
    ),
    "expiring": Profile(
        "API keys die in the middle: at every seventh call.", ({"api": "*", "every": 7, "kind": "expire"},)
    ),
    "crowded": Profile(
        "Somebody else uses the account: every fourth call comes while another is in flight (RATE_LIMIT).",
        ({"api": "*", "every": 4, "kind": "error", "status": 500, **_BUSY},),
    ),
    "quota": Profile(
        "The download quota is very small: 40 recent, 20 pending, 20 not yet fetched (RATE_LIMIT_USER_DL).",
        behaviour=Behaviour(limits=Limits(40, 20, 20)),
    ),
    "staging": Profile(
        "Everything is staged first: the queue is silent, lists items twice, and forgets them once handed over.",
        behaviour=Behaviour(staging=Staging(_EVERYTHING, polls=3, silent=1, vanish=True, doubled=True)),
    ),
    "stingy": Profile(
        "Answers as of old tell little: no entityId, no newRecords, no limits, no checksums, no sessionId.",
        behaviour=Behaviour(
            session_id=False, named_entries=False, new_records=False, remaining_limits=False, checksums=False
        ),
    ),
    "forgetful": Profile(
        "Of what is ordered some is in no answer, some is counted as invalid, and some fails with a message.",
        (
            {"order": "*", "every": 5, "kind": "lost"},
            {"order": "*", "every": 7, "kind": "invalid"},
            {"order": "*", "every": 11, "kind": "failed"},
        ),
    ),
    "unlisted": Profile(
        "The first question what can be had of some images is answered with null.",
        ({"api": "download-options", "times": 1, "kind": "null"},),
    ),
    "expired-links": Profile(
        "Links work for two seconds after they were made.", behaviour=Behaviour(signature_seconds=2.0)
    ),
    "halfway-host": Profile(
        "landsatlook answers 502 to everything; what dds delivers, recent bundles and frames, can be had.",
        ({"file": "*", "host": "landsatlook", "kind": "status", "status": 502},),
    ),
    "shuffled": Profile(
        "New scenes arrive while one pages: totals grow, and pages repeat a record of the page before.",
        behaviour=Behaviour(steady_pages=False),
    ),
}
"""The profiles by name."""

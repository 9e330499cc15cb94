"""From facts to verdicts."""

import pytest

from m2msync.core import checks
from m2msync.core.diagnosis import Allowance, Notice
from m2msync.core.errors import Refused, ServiceTrouble

FULL = Allowance("user", (("recentDownloadCount", 15000, 15000), ("pendingDownloadCount", 20000, None)))
SOUND = {"m2msync": "1", "Python": "3.11", "requests": "2.34.2", "urllib3": "2.8.0"}


def test_an_endpoint_that_answers_is_ok():
    check = checks.endpoint("https://m2m.example/", 0.21, None)
    assert (check.state, check.detail) == ("ok", "https://m2m.example/\nanswered in 0.2 s")


@pytest.mark.parametrize(
    ("trouble", "hint", "code"),
    [
        (ServiceTrouble("maintenance", hint="come back"), "come back", 6),
        (Refused("HTTP 405"), "Check M2MSYNC_ENDPOINT.", 4),
    ],
)
def test_an_endpoint_in_trouble_always_has_a_way_out(trouble, hint, code):
    check = checks.endpoint("https://m2m.example/", 0.2, trouble)
    assert (check.state, check.hint, check.exit_code) == ("problem", hint, code)


@pytest.mark.parametrize(
    ("ahead", "state", "told"),
    [
        (None, "ok", "no time"),
        (0.4, "ok", "agrees"),
        (-60.0, "ok", "agrees"),
        (60.5, "warning", "60 seconds behind"),
        (-7200.0, "warning", "7,200 seconds ahead of"),
    ],
)
def test_a_clock_may_differ_by_a_minute(ahead, state, told):
    check = checks.clock(ahead)
    assert check.state == state
    assert told in check.detail


def test_the_quota_is_told_with_what_there_was():
    check = checks.quota([FULL, Allowance("ip", (("unattemptedDownloadCount", 3, 20000),))])
    assert check.state == "ok"
    assert check.detail.splitlines() == [
        "left for the account: 15,000 of 15,000 in 15 minutes, 20,000 pending",
        "left for this address: 3 of 20,000 not yet fetched",
    ]


@pytest.mark.parametrize("left", [0, -3])
def test_a_used_up_quota_is_a_warning(left):
    check = checks.quota([FULL, Allowance("ip", (("pendingDownloadCount", left, 20000),))])
    assert check.state == "warning"
    assert check.hint


def test_an_untold_quota_is_a_warning():
    assert checks.quota([]).state == "warning"


def test_notices_stand_on_a_line_each_and_only_grave_ones_warn():
    calm, grave = Notice("2026-11-20", "News", "all fine", grave=False), Notice("", "Outage", "", grave=True)
    assert checks.notices([]).detail == "none"
    assert checks.notices([calm]).state == "ok"
    check = checks.notices([calm, grave])
    assert check.state == "warning"
    assert check.detail.splitlines() == ["2026-11-20 News: all fine", "Outage"]


def test_a_long_notice_is_cut():
    (line,) = checks.notices([Notice("2026-11-20", "News", "x" * 1000, grave=False)]).detail.splitlines()
    assert len(line) == 240
    assert line.endswith("…")


@pytest.mark.parametrize(
    ("hint", "needed", "state"), [("", True, "ok"), ("x", False, "ok"), ("x", True, "warning")]
)
def test_no_keyring_matters_only_when_there_are_no_credentials(hint, needed, state):
    check = checks.keyring("name or reason", hint, needed=needed)
    assert (check.state, check.detail) == (state, "name or reason")
    assert bool(check.hint) == (state == "warning")


@pytest.mark.parametrize(
    ("free", "writable", "state", "code"),
    [(10**12, True, "ok", 0), (10**9 - 1, True, "warning", 0), (10**12, False, "problem", 1)],
)
def test_a_disk_needs_room_and_permission(free, writable, state, code):
    check = checks.disk(free, "/data", writable=writable)
    assert (check.state, check.exit_code) == (state, code)
    assert "/data" in check.detail


@pytest.mark.parametrize(
    ("damage", "writer", "state", "code"),
    [((), "", "ok", 0), ((), "pid 7 is working", "warning", 0), (("page 3: oops",), "pid 7", "problem", 1)],
)
def test_a_catalog_is_sound_busy_or_damaged(damage, writer, state, code):
    check = checks.catalog("c.db", damage, writer)
    assert (check.state, check.exit_code) == (state, code)
    assert all(line in check.detail for line in damage)


@pytest.mark.parametrize(
    ("installed", "state", "told"),
    [
        (SOUND, "ok", "urllib3 2.8.0"),
        ({**SOUND, "urllib3": "1.26.20"}, "warning", "urllib3 1.26.20"),
        ({"Python": "3.11"}, "warning", "made for urllib3 2"),
        ({**SOUND, "urllib3-future": "2.25.904"}, "warning", "taken the place"),
    ],
)
def test_the_library_that_carries_the_bytes_must_be_the_real_one(installed, state, told):
    check = checks.versions(installed)
    assert check.state == state
    assert told in check.detail
    assert ("pip" in check.hint) == (state == "warning")

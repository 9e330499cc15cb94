"""What M2M tells an account about itself, in the shapes it has and in odd ones."""

import pytest

from m2msync.core.diagnosis import Allowance, Notice
from m2msync.m2m.account import allowances_of, lacking_role, notices_for, rights_of

from .service import data

FULL = {"recentDownloadCount": 15000, "pendingDownloadCount": 20000, "unattemptedDownloadCount": 20000}
USER = {"limitType": "user", "username": "anna", **FULL, "recentDownloadCount": 14986}
ADDRESS = {"limitType": "ip", "ipAddress": "203.0.113.7", **FULL}


def test_rights_are_told_as_they_are(service, session):
    assert rights_of(session) == ("user", "download", "order")
    service.answers("permissions", data(None))
    assert rights_of(session) == ()


def test_without_the_right_to_download_the_way_out_is_told():
    assert lacking_role(["user", "download"]) is None
    lacking = lacking_role(["user"])
    assert "(permissions: user)" in lacking.message
    assert "ers.cr.usgs.gov/profile/access" in lacking.hint
    assert lacking.exit_code == 5
    assert "none" in lacking_role([]).message


def test_what_is_left_stands_beside_what_there_was(service, session):
    service.answers("rate-limit-summary", data({"initialLimits": [FULL], "remainingLimits": [USER, ADDRESS]}))
    user, address = allowances_of(session)
    assert user == Allowance(
        "user",
        (
            ("recentDownloadCount", 14986, 15000),
            ("pendingDownloadCount", 20000, 20000),
            ("unattemptedDownloadCount", 20000, 20000),
        ),
    )
    assert address.whose == "ip"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (None, ()),
        ([], ()),
        ({}, ()),
        ({"remainingLimits": None}, ()),
        ({"remainingLimits": [None, {"limitType": "user"}]}, ()),
        (
            {"remainingLimits": [{"recentDownloadCount": 5}]},
            (Allowance("all", (("recentDownloadCount", 5, None),)),),
        ),
    ],
)
def test_odd_answers_about_the_quota_tell_less(service, session, told, expected):
    service.answers("rate-limit-summary", data(told))
    assert allowances_of(session) == expected


def test_notices_are_read_without_their_markup(service, session):
    told = {
        "id": 46,
        "subject": "Maintenance",
        "messageContent": "<p>Down on <b>Nov&nbsp;26</b>.<br>Sorry!</p><script>alert(1)</script>",
        "severityCode": "W",
        "dateUpdated": "2026-11-20 14:57:00-06",
    }
    service.answers("notifications", data([told, {**told, "severityCode": "I"}, "odd", {}]))
    first, second, empty = notices_for(session)
    assert first == Notice("2026-11-20", "Maintenance", "Down on Nov 26. Sorry!", grave=True)
    assert second.grave is False
    assert empty == Notice("", "", "", grave=True)
    assert service.payloads("notifications") == [{"systemId": "M2M"}]


def test_no_notices_are_none(service, session):
    service.answers("notifications", data(None))
    assert notices_for(session) == ()

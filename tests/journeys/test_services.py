"""The API's bad days and wrong credentials: one clear sentence, the way out, the contract's exit code, nothing lost."""

import socket

import pytest


def told(done) -> str:
    """Return what a person reads, without the progress lines."""
    return "\n".join(line for line in done.stderr.splitlines() if not line.startswith("20"))


def test_wrong_token(journey):
    done = journey.run("apply", "coast.yaml", M2M_TOKEN="wrong")
    assert done.returncode == 5
    assert "USGS refused the user name or token" in told(done)
    assert "M2M_TOKEN" in told(done)


def test_no_credentials(journey):
    done = journey.run("apply", "coast.yaml", M2M_TOKEN="", M2M_USERNAME="")
    assert done.returncode == 5
    assert "no credentials for 127.0.0.1 found" in told(done)
    assert "--sandbox" in told(done)


def test_missing_m2m_role(box, journey):
    done = journey.run("apply", "coast.yaml", **searchonly(box))
    assert done.returncode == 5
    assert "may search but not download" in told(done)
    assert "https://ers.cr.usgs.gov/profile/access" in told(done)


def searchonly(box) -> dict[str, str]:
    from m2msync.sandbox.account.sessions import ACCOUNTS

    account = next(a for a in ACCOUNTS if a.username == "searchonly")
    return {"M2M_USERNAME": account.username, "M2M_TOKEN": account.token}


@pytest.mark.parametrize("command", ["apply", "plan", "validate"])
def test_unknown_dataset(journey, command):
    journey.entry(dataset="landsat_ot_c2_l9")
    done = journey.run(command, "coast.yaml")
    assert done.returncode == 4
    assert "M2M has no dataset 'landsat_ot_c2_l9'" in told(done)
    assert "landsat_ot_c2_l1" in told(done)


def test_endpoint_down(journey):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        where = {"M2MSYNC_ENDPOINT": f"http://127.0.0.1:{port}/", "M2MSYNC_PATIENCE": "1"}
        done = journey.run("apply", "coast.yaml", **where)
    assert done.returncode == 6
    assert f"M2M cannot be reached at 127.0.0.1:{port}" in told(done)
    assert "Nothing is lost" in told(done)


def test_endpoint_answering_html(box, journey):
    box.faults.add(api="*", kind="html")
    done = journey.run("apply", "coast.yaml", M2MSYNC_PATIENCE="1")
    assert done.returncode == 6
    assert "M2M is down or under maintenance" in told(done)


def test_outage_in_the_middle_loses_nothing(box, journey):
    rule = box.faults.add(api="download-request", kind="html")
    result = journey.apply(code=6, M2MSYNC_PATIENCE="1")
    assert result["status"] == "error"
    assert "maintenance" in result["error"]
    box.faults.clear()
    assert rule.struck
    assert journey.apply()["summary"]["failed"] == 0


def test_quota_used_up(box, journey):
    box.faults.add(
        api="download-request",
        kind="error",
        code="RATE_LIMIT_USER_DL",
        message="Download limit reached",
        status=200,
    )
    result = journey.apply(code=6)
    assert "quota" in result["error"]
    assert "15 minutes" in result["hint"]


def test_session_expiring_in_the_middle_is_renewed(box, journey):
    box.faults.add(
        api="download-request",
        kind="error",
        code="AUTH_EXPIRED",
        message="API key has expired",
        status=200,
        times=1,
    )
    assert journey.apply()["status"] == "success"
    assert box.counts.calls["login-token"] == 2


def test_plain_http_to_the_world_is_refused(journey):
    done = journey.run("apply", "coast.yaml", M2MSYNC_ENDPOINT="http://m2m.example.org/")
    assert done.returncode == 4
    assert "unprotected" in told(done)


def test_a_flaky_day_ends_well(box, journey):
    for rule in (
        {"api": "*", "every": 5, "kind": "html"},
        {"file": "*", "every": 4, "kind": "drop", "keep": 0.5},
    ):
        box.faults.add(**rule)
    assert journey.apply(M2MSYNC_PATIENCE="30")["status"] == "success"
    assert max(box.counts.concurrent.values()) == 1


def test_the_token_never_shows(box, journey):
    canary = "canary-5f1e7a9c"
    box.faults.add(api="login-token", kind="error", code="AUTH_INVALID", message=f"bad {'token'}", status=200)
    done = journey.run("-v", "apply", "coast.yaml", "--events", "events.ndjson", M2M_TOKEN=canary)
    assert done.returncode == 5
    assert canary not in done.stdout + done.stderr + (journey.folder / "events.ndjson").read_text()


def test_signed_links_show_nowhere(box, journey):
    box.faults.add(file="*_B4.TIF", kind="drop", keep=0.2)
    done = journey.run("-v", "apply", "coast.yaml", "--events", "events.ndjson")
    assert done.returncode == 3
    catalog = (journey.store / ".m2msync" / "catalog.db").read_bytes()
    told = done.stdout + done.stderr + (journey.folder / "events.ndjson").read_text() + catalog.decode("latin-1")
    assert "requestSignature" not in told

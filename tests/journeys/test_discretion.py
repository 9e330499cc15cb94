"""A planted token, the keys and the signed links show nowhere: not on screens, in files, in logs, good day or bad."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from m2msync.core.secrets import Secret
from m2msync.m2m.credentials import Credentials
from m2msync.m2m.session import Session
from m2msync.sandbox.account.sessions import Account

CANARY = "canary-token-9e41"
KEY = "eyJjaWQi"  # how every API key of the sandbox begins
SIGNATURE = "eyJkb3du"  # how every signature of a link begins
SECRETS = [secret.encode() for secret in (CANARY, KEY, SIGNATURE, "requestSignature")]
BUG = """
import sys
from m2msync.cli import main
from m2msync.m2m.session import Session

def broken(self, *_):
    raise ZeroDivisionError(vars(self))

if sys.argv[1] == "call":
    Session.call = broken
else:
    import requests
    def told(self, request, **_):
        raise ZeroDivisionError(request.url, dict(request.headers), request.body)
    requests.Session.send = told
main(sys.argv[2:])
"""


@pytest.fixture
def planted(box, journey):
    """A journey with an account whose token is the canary; afterwards everything it left behind is searched."""
    box.state.sessions.accounts["carl"] = Account("carl", CANARY, 1, ("user", "download", "order"))
    journey.environment |= {"M2M_USERNAME": "carl", "M2M_TOKEN": CANARY, "TMPDIR": str(journey.folder)}
    return journey


def silent(done: subprocess.CompletedProcess[str], folder: Path, code: int) -> str:
    """Return what was printed, once it and every file but the pictures is known to hold no secret."""
    assert done.returncode == code, done.stderr
    printed = done.stdout + done.stderr
    found = [p for p in folder.rglob("*") if p.is_file() and p.suffix not in {".TIF", ".part"}]
    for text in (printed.encode(), *(p.read_bytes() for p in found)):
        assert not [secret for secret in SECRETS if secret in text]
    return printed


def run(journey, *words: str, code: int = 0, **environment: str) -> str:
    return silent(journey.run(*words, **environment), journey.folder, code)


def test_the_secrets_that_are_looked_for_are_the_real_ones(box):
    with Session(box.url, Credentials(box.username, Secret(box.token))) as session:
        dataset = {"datasetName": "landsat_ot_c2_l1"}
        image = session.call("scene-search", {**dataset, "maxResults": 1})["results"][0]["entityId"]
        options = session.call("download-options", {**dataset, "entityIds": [image]})
        file = next(option for option in options if option["secondaryDownloads"])["secondaryDownloads"][0]
        wanted = {"entityId": file["entityId"], "productId": file["id"]}
        given = session.call("download-request", {"downloads": [wanted], "label": "x"})
        assert session._key.reveal().startswith(KEY)
        assert f"requestSignature={SIGNATURE}" in given["availableDownloads"][0]["url"]


def test_on_a_good_day(planted):
    run(planted, "validate", "coast.yaml", "-v")
    run(planted, "plan", "coast.yaml", "-v")
    run(planted, "apply", "coast.yaml", "-v", "--events", "run.ndjson", "--log-file", "run.log")
    run(planted, "plan", "coast.yaml", "--json")
    run(planted, "status", "coast.yaml", "-v")
    assert "carl" in run(planted, "doctor", "coast.yaml", "-v")
    assert "carl" in run(planted, "doctor", "coast.yaml", "--json")
    assert (planted.folder / "run.ndjson").stat().st_size > 0


def test_when_the_token_comes_from_netrc(planted):
    netrc = planted.folder.parent / "netrc-of-carl"
    netrc.write_text(f"machine 127.0.0.1 login carl password {CANARY}", encoding="utf-8")
    planted.environment |= {"M2M_USERNAME": "", "M2M_TOKEN": "", "NETRC": str(netrc)}
    run(planted, "apply", "coast.yaml", "-v", "--events", "run.ndjson", "--log-file", "run.log")
    assert f"carl, from {netrc}" in run(planted, "doctor").replace("\n                      ", " ")


@pytest.mark.parametrize(
    "fault",
    [
        {"file": "*_B4.TIF", "kind": "html200", "each": True},
        {"file": "*_B4.TIF", "kind": "status", "status": 403, "each": True},
        {"file": "*_B3.TIF", "kind": "reset", "times": 1},
        {"file": "*_B3.TIF", "kind": "expired", "times": 1, "each": True},
        {"file": "*_MTL.txt", "kind": "login", "each": True},
    ],
    ids=lambda fault: fault["kind"],
)
def test_when_files_fail(box, planted, fault):
    rule = box.faults.add(**fault)
    done = planted.run("apply", "coast.yaml", "-v", "--events", "run.ndjson", "--log-file", "run.log")
    assert rule.struck
    silent(done, planted.folder, done.returncode)
    run(planted, "status", "coast.yaml", "--failed", "-v")


@pytest.mark.parametrize(
    "fault",
    [
        {"api": "login-token", "kind": "html"},
        {"api": "scene-search", "kind": "drop"},
        {"api": "download-options", "kind": "error", "code": "AUTH_UNAUTHORIZED"},
        {"api": "download-request", "kind": "error", "code": "RATE_LIMIT_USER_DL"},
        {"api": "download-request", "kind": "truncated"},
    ],
    ids=lambda fault: f"{fault['api']}-{fault['kind']}",
)
def test_when_m2m_fails(box, planted, fault):
    rule = box.faults.add(**fault)
    done = planted.run(
        "apply", "coast.yaml", "-v", "--events", "run.ndjson", "--log-file", "run.log", M2MSYNC_PATIENCE="1"
    )
    assert rule.struck
    silent(done, planted.folder, done.returncode)


@pytest.mark.parametrize("verb", [["apply", "coast.yaml", "-v"], ["doctor"], ["plan", "coast.yaml", "--json"]])
def test_when_the_token_is_refused(box, planted, verb):
    del box.state.sessions.accounts["carl"]
    assert "AUTH_INVALID" in run(planted, *verb, code=5)


@pytest.mark.parametrize(
    "verb", [["apply", "coast.yaml"], ["plan", "coast.yaml"], ["doctor"], ["status", "coast.yaml"]]
)
def test_when_half_of_the_credentials_is_missing(planted, verb):
    run(planted, *verb, code=0 if verb[0] == "status" else 5, M2M_USERNAME="")


@pytest.mark.parametrize("where", ["call", "send"])
def test_in_the_log_of_a_bug_that_quotes_all_it_knows(planted, where):
    done = subprocess.run(
        [sys.executable, "-c", BUG, where, "plan", "coast.yaml", "-v"],
        cwd=planted.folder,
        env={**os.environ, **planted.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "this is a bug" in silent(done, planted.folder, 1)
    (log,) = planted.folder.glob("m2msync-bug-*.log")
    assert "ZeroDivisionError" in log.read_text(encoding="utf-8")


def test_at_login_and_after(planted):
    planted.environment |= {
        "M2M_USERNAME": "",
        "M2M_TOKEN": "",
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "PYTHON_KEYRING_BACKEND": "pockets.Chest",
        "POCKET_FILE": str(planted.folder.parent / "pocket-of-carl.json"),
    }
    words = ["login", "--username", "carl", "--token-stdin", "-v"]
    done = subprocess.run(
        [sys.executable, "-m", "m2msync", *words],
        cwd=planted.folder,
        env={**os.environ, **planted.environment},
        input=f"{CANARY}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    silent(done, planted.folder, 0)
    run(planted, "apply", "coast.yaml", "-v", "--events", "run.ndjson", "--log-file", "run.log")
    assert "carl, from the keyring" in run(planted, "doctor")
    run(planted, "logout")
    run(planted, "doctor", code=5)

"""`login` and `logout`: a token goes into the keyring once M2M has accepted it, and is never shown."""

import io
import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest
from keyring.backends import fail
from pockets import Pocket, Torn, in_use

from m2msync.cli.program import run
from m2msync.sandbox.account.sessions import Account
from m2msync.sandbox.serve import running

CANARY = "canary-token-55d2"
TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def box():
    with running() as sandbox:
        for name, rights in (("carl", ("user", "download", "order")), ("sara", ("user",))):
            sandbox.state.sessions.accounts[name] = Account(name, CANARY, 1, rights)
        yield sandbox


@pytest.fixture
def pocket():
    with in_use(Pocket()) as backend:
        yield backend


@pytest.fixture
def do(box, monkeypatch, capsys):
    """Run a verb with something on stdin; stdin is no terminal."""
    monkeypatch.setenv("M2MSYNC_ENDPOINT", box.url)

    def ended(*words, stdin=""):
        monkeypatch.setattr(
            "sys.stdin", io.TextIOWrapper(io.BytesIO(stdin if isinstance(stdin, bytes) else stdin.encode()))
        )
        code = run(list(words))
        out, err = capsys.readouterr()
        assert CANARY not in out + err
        return code, out, err

    return ended


def login(do, name="carl", token=CANARY, *flags):
    return do("login", "--username", name, "--token-stdin", *flags, stdin=f"{token}\n")


def test_an_accepted_token_is_stored_for_the_host_and_found_by_the_next_command(do, pocket):
    code, out, err = login(do)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "The token of carl for 127.0.0.1 is stored in pockets Pocket.",
        "M2M accepts it, and the account may download.",
    ]
    assert list(pocket.kept) == [("m2msync", "127.0.0.1")]
    code, out, _ = do("doctor")
    assert code == 0
    assert "carl, from the keyring" in out


def test_an_account_without_the_role_is_stored_with_advice(do, pocket):
    code, out, _ = login(do, "sara")
    assert code == 0
    assert "may search but not download" in out
    assert "profile/access" in out
    assert pocket.kept


def test_a_refused_token_is_not_stored(do, pocket):
    code, out, err = login(do, token="wrong")
    assert (code, out) == (5, "")
    assert "AUTH_INVALID" in err
    assert "Nothing was stored." in err
    assert not pocket.kept


def test_an_outage_stores_nothing_and_names_the_way_around(do, pocket, monkeypatch):
    monkeypatch.setenv("M2MSYNC_ENDPOINT", "http://127.0.0.1:9/")
    monkeypatch.setattr("m2msync.cli.login.PATIENCE", 0.0)
    code, _, err = login(do)
    assert code == 6
    assert "--no-check" in err
    assert not pocket.kept
    code, out, _ = login(do, "carl", CANARY, "--no-check")
    assert code == 0
    assert "M2M accepts" not in out
    assert pocket.kept


def test_variables_that_go_first_are_pointed_out(do, pocket, monkeypatch):
    monkeypatch.setenv("USGS_USERNAME", "bert")
    assert "As long as USGS_USERNAME and USGS_TOKEN are set" in login(do)[1]


def test_quiet_stores_without_a_word(do, pocket):
    assert login(do, "carl", CANARY, "-q") == (0, "", "")
    assert pocket.kept
    assert do("logout", "--quiet") == (0, "", "")
    assert not pocket.kept


@pytest.mark.parametrize(
    ("words", "stdin", "sentence"),
    [
        (["--token-stdin"], CANARY, "--token-stdin needs --username"),
        ([], "", "no terminal to ask"),
        (["--username", "carl"], CANARY, "no terminal to ask"),
        (["--username", "carl", "--token-stdin"], " \n", "the token is empty"),
        (["--username", "carl", "--token-stdin"], b"\xff\xfe", "not even text"),
        (["--token", CANARY], "", "No such option"),
    ],
)
def test_wrong_usage_is_one_sentence_and_the_way_to_do_it(do, pocket, words, stdin, sentence):
    code, out, err = do("login", *words, stdin=stdin)
    assert (code, out) == (4, "")
    assert sentence in err
    assert not pocket.kept


@pytest.mark.parametrize(("backend", "sentence"), [(fail.Keyring(), "offers no keyring"), (Torn(), "did not keep")])
def test_without_a_keyring_that_keeps_the_alternatives_are_told(do, backend, sentence):
    with in_use(backend):
        code, out, err = login(do)
    assert (code, out) == (5, "")
    assert sentence in err
    assert "M2M_USERNAME and M2M_TOKEN" in err


def test_logout_removes_this_host_alone(do, pocket):
    login(do)
    pocket.kept["m2msync", "m2m.cr.usgs.gov"] = "{}"
    assert do("logout")[:2] == (0, "Removed the token for 127.0.0.1 from the keyring.\n")
    assert list(pocket.kept) == [("m2msync", "m2m.cr.usgs.gov")]
    assert do("logout")[:2] == (0, "The keyring holds no token for 127.0.0.1.\n")


def at_a_terminal(box, tmp_path, *answers):
    """Run login on a terminal, answer its questions, and return its exit code and all that the terminal showed."""
    ours, theirs = pty.openpty()
    environment = {
        **os.environ,
        "M2MSYNC_ENDPOINT": box.url,
        "PYTHONPATH": str(TESTS),
        "PYTHON_KEYRING_BACKEND": "pockets.Chest",
        "POCKET_FILE": str(tmp_path / "pocket.json"),
    }
    words = [sys.executable, "-m", "m2msync", "login"]
    # A session of its own, so that the terminal becomes its controlling one, which getpass insists on.
    with subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    ) as process:
        os.close(theirs)
        shown = b""
        for question, answer in answers:
            while question not in shown.rpartition(b"\n")[2]:
                assert select.select([ours], [], [], 30)[0], shown
                shown += os.read(ours, 1000)
            os.write(ours, answer)
        while True:
            try:
                shown += os.read(ours, 1000)
            except OSError:  # the other side is closed
                break
    os.close(ours)
    return process.returncode, shown.decode()


def test_at_a_terminal_it_asks_and_does_not_echo_the_token(box, tmp_path):
    code, shown = at_a_terminal(box, tmp_path, (b"user name:", b"carl\n"), (b"token:", f"{CANARY}\n".encode()))
    assert code == 0, shown
    assert "The token of carl for 127.0.0.1 is stored in pockets Chest." in shown
    assert CANARY not in shown
    assert CANARY in (tmp_path / "pocket.json").read_text()


def test_ctrl_c_at_a_question_is_no_bug(box, tmp_path):
    code, shown = at_a_terminal(box, tmp_path, (b"user name:", b"\x04"))
    assert code == 130
    assert "interrupted" in shown
    assert not (tmp_path / "pocket.json").exists()

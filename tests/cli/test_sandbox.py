"""`sandbox`: prints how to reach it, then serves until it is stopped."""

import signal
import socket
import subprocess
import sys
import threading
import urllib.request

import pytest


@pytest.fixture
def at_once(monkeypatch):
    """Let the wait for Ctrl-C be over before it begins."""

    class Interrupted(threading.Event):
        def wait(self):
            raise KeyboardInterrupt

    monkeypatch.setattr("m2msync.cli.sandbox.threading.Event", Interrupted)


def test_it_prints_lines_for_a_shell(command, made_up_sandbox, at_once):
    ended = command("sandbox", "--port", "8642", "--seed", "7", "--profile", "flaky")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0] == "export M2MSYNC_ENDPOINT=http://127.0.0.1:1/api/"
    assert lines[1] == """export M2M_TOKEN='it'"'"'s'"""
    assert all(part in lines[2] for part in ("8642", "7", "flaky"))
    assert "Ctrl-C stops it" in ended.err


@pytest.mark.parametrize("words", [["--port", "70000"], ["--profile", "wild"], ["--seed", "x"]])
def test_what_cannot_be_is_wrong_usage(words, command, made_up_sandbox):
    assert command("sandbox", *words).code == 4


def start(*words):
    return subprocess.Popen(
        [sys.executable, "-m", "m2msync", "sandbox", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_port_that_is_taken_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken, start("--port", str(taken.getsockname()[1])) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (4, "")
    assert "Error: the sandbox cannot listen on port" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped(number):
    with start() as process:
        line = process.stdout.readline()
        url = line.partition("=")[2].strip()
        with urllib.request.urlopen(f"{url}login-token", data=b"{}", timeout=30) as answer:
            assert answer.status == 200
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in err

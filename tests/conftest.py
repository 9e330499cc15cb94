"""What every test may rely on: nothing of the person who runs it can be read or reached, and no test is a race."""

import itertools
import os
import signal
import socketserver
from uuid import uuid4

import buckets
import hypothesis
import pytest

# A suite started in the background inherits an ignored SIGINT and would pass it on to every command it starts;
# tests that press Ctrl-C would then wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A server of an earlier test may only now find out that its client has gone; what it prints of that would be taken for
# the output of the command that the test of the moment runs in this process.
socketserver.BaseServer.handle_error = lambda *_: None

# How long an example takes says more about what else the machine is doing than about the code. Examples are the same
# in each run: what a new one finds would look like a fault of the change that happens to be tested.
# `pytest --hypothesis-profile=search` looks for others.
UNHURRIED = {
    "deadline": None,
    "suppress_health_check": [
        hypothesis.HealthCheck.too_slow,
        hypothesis.HealthCheck.function_scoped_fixture,
        hypothesis.HealthCheck.large_base_example,
    ],
}
hypothesis.settings.register_profile("suite", derandomize=True, **UNHURRIED)
hypothesis.settings.register_profile("search", max_examples=2000, **UNHURRIED)
hypothesis.settings.load_profile("suite")

OURS = (
    "M2M", "USGS_", "AWS_", "NETRC", "SSL_CERT_", "DASK_", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_",
    "COLORTERM", "_M2MSYNC_COMPLETE",
)  # fmt: skip
PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle"}
MAKES = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "GNUMAKEFLAGS"}
"""What `make test` tells everything below it, another make included."""
HOMES = ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
NUMBERS = itertools.count()


def pytest_terminal_summary(terminalreporter, config):
    """Tell how to have the order of tests again in which some have failed; the quiet head of a report does not."""
    seed = config.getoption("randomly_seed", None)
    if seed is not None and terminalreporter.stats.keys() & {"failed", "error"}:
        terminalreporter.write_line(f"In the same order again: pytest --randomly-seed={seed}")


@pytest.fixture(scope="session", autouse=True)
def homes(tmp_path_factory):
    """Live in nobody's environment outside of tests too: servers that outlive a test are started there."""
    folder = tmp_path_factory.mktemp("homes")
    with pytest.MonkeyPatch.context() as patch:
        move(patch, folder)
        yield folder


@pytest.fixture(autouse=True)
def nobodys_environment(homes, monkeypatch):
    """Give the test, and every process it starts, an empty home, and no account, proxy or terminal settings."""
    move(monkeypatch, homes)


def move(patch, homes):
    """Forget who runs the tests and how, and live in a new home."""
    for name in list(os.environ):
        # Nor how Python is run: warnings as errors would end what is started, and without compiled files each start
        # would compile us anew.
        python = name.startswith("PYTHON") and name != "PYTHONPATH"
        if python or name.startswith(OURS) or name in MAKES or name.lower() in PROXIES:
            patch.delenv(name)
    home = homes / str(next(NUMBERS))
    home.mkdir()
    for name in HOMES:
        patch.setenv(name, str(home))
    patch.setenv("TERM", "xterm-256color")
    patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    patch.setenv(
        "DASK_TEMPORARY_DIRECTORY", str(home)
    )  # or killed schedulers would leave theirs where all keep them


@pytest.fixture(scope="session")
def moto_server():
    """Serve S3 from memory, without looking at secrets."""
    with buckets.moto() as server:
        yield server


@pytest.fixture(scope="session")
def rclone_server(tmp_path_factory):
    """Serve S3 from files, to those who know the secret."""
    with buckets.rclone(tmp_path_factory.mktemp("rclone")) as server:
        yield server


@pytest.fixture
def moto_bucket(moto_server):
    """Make a bucket of its own for the test."""
    return made(moto_server)


@pytest.fixture
def rclone_bucket(rclone_server):
    """Make a bucket of its own for the test."""
    return made(rclone_server)


def made(server):
    """Return a new bucket."""
    bucket = buckets.Bucket(server, f"bucket-{uuid4().hex[:12]}")
    server.client.create_bucket(Bucket=bucket.name)
    return bucket

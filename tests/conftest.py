"""What every test may rely on: nothing of the person who runs it can be read or reached."""

import os
import signal

import pytest

# A suite started in the background inherits an ignored SIGINT and would pass it on to every command it starts;
# tests that press Ctrl-C would then wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

OURS = ("M2M", "USGS_", "NETRC", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "_M2MSYNC_COMPLETE")
PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle"}
HOMES = ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


@pytest.fixture(autouse=True)
def nobodys_environment(tmp_path_factory, monkeypatch):
    """Give the test, and every process it starts, an empty home and no account, proxy or terminal settings."""
    for name in list(os.environ):
        if name.startswith(OURS) or name.lower() in PROXIES:
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    for name in HOMES:
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")

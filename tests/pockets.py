"""Keyrings for tests: one in memory, one in a file for processes of their own, and some that misbehave."""

import json
import os
from contextlib import contextmanager
from pathlib import Path

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class Pocket(KeyringBackend):
    """Keeps what it is given as long as it lives."""

    priority = 5
    # Not to be found by keyring's own search: only a test that names one has it.
    viable = False

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


class Torn(Pocket):
    """Loses what it is given."""

    def set_password(self, service, username, password):
        pass


class Locked(Pocket):
    """Fails whatever it is asked, and quotes what it was given."""

    def get_password(self, _service, _username):
        raise KeyringLocked("the collection is locked")

    def set_password(self, _service, _username, password):
        raise RuntimeError(f"cannot store {password}")


class Chest(Pocket):
    """Keeps it in the file named by POCKET_FILE, so that the next process finds it."""

    def __init__(self):
        super().__init__()
        self.file = Path(os.environ["POCKET_FILE"])
        told = json.loads(self.file.read_text()) if self.file.exists() else {}
        self.kept = {tuple(key.split("\n")): value for key, value in told.items()}

    def set_password(self, service, username, password):
        super().set_password(service, username, password)
        self._save()

    def delete_password(self, service, username):
        super().delete_password(service, username)
        self._save()

    def _save(self):
        self.file.write_text(json.dumps({"\n".join(key): value for key, value in self.kept.items()}))


@contextmanager
def in_use(backend):
    """Make a keyring the one of this process while the block lasts."""
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    try:
        yield backend
    finally:
        keyring.set_keyring(before)

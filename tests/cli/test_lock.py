"""`lock`: what is asked of the library, and what is refused."""

import pytest


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["north"], "names go with --update"),
        (["--check", "--update"], "--check changes nothing, and --update does"),
    ],
)
def test_what_does_not_go_together_is_refused(command, words, told):
    ended = command("lock", "coast.yaml", *words)
    assert ended.code == 4
    assert told in ended.err

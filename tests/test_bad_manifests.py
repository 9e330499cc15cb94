"""Every manifest in tests/data/bad, and everything that is wrong with it, word for word."""

from pathlib import Path

import pytest

from m2msync.core.errors import ManifestError
from m2msync.manifests import load

HERE = Path(__file__).parent / "data" / "bad"
FILES = sorted(HERE.glob("*.yaml"))


def expected(file):
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    told = [line.removeprefix("# expect: ") for line in lines if line.startswith("# expect: ")]
    return sorted(line.replace("{here}", str(HERE)) for line in told)


def said(error):
    return sorted(line.removeprefix(f"{error.file}:") for line in str(error).splitlines())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_says_exactly_what_is_wrong(file):
    with pytest.raises(ManifestError) as caught:
        load(file)

    assert caught.value.exit_code == 4
    assert said(caught.value) == expected(file)
    assert expected(file)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_problems_come_in_file_order(file):
    with pytest.raises(ManifestError) as caught:
        load(file)

    spots = [(problem.line, problem.column) for problem in caught.value.problems]
    assert spots == sorted(spots)


def test_there_are_many_and_no_table_without_use():
    texts = "".join(file.read_text(encoding="utf-8", errors="replace") for file in FILES)

    assert len(FILES) >= 60
    assert [table.name for table in HERE.glob("*.csv") if f"csv: {table.name}" not in texts] == []


def test_no_secret_is_repeated():
    with pytest.raises(ManifestError) as caught:
        load(HERE / "secrets.yaml")

    assert not any(secret in str(caught.value) for secret in ("abc123", "somebody", "hunter2"))

"""Whatever is wrong with a manifest: exit 4, the exact lines, and never a traceback."""

from pathlib import Path

import pytest

from m2msync.cli.program import run

BAD = Path(__file__).parents[1] / "data" / "bad"
FILES = sorted(BAD.glob("*.yaml"))


def expected(file: Path) -> set[str]:
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    told = {line.removeprefix("# expect: ").replace("{here}", str(BAD)) for line in lines if "# expect: " in line}
    return {f"{file}:{line}" for line in told}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_exit_4_and_the_exact_lines(file, capsys):
    assert run(["apply", str(file)]) == 4
    told = capsys.readouterr()
    assert expected(file) <= {line.removeprefix("Error: ").strip() for line in told.err.splitlines()}
    assert "Traceback" not in told.err + told.out


def test_a_folder_is_no_manifest(capsys):
    assert run(["apply", str(BAD)]) == 4
    assert capsys.readouterr().err == f"Error: {BAD} is a folder\n  name a manifest in it\n"

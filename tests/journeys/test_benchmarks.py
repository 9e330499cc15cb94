"""The benchmark whose texts reach deepest into the program; the types of all of them are checked by mypy."""

import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "benchmarks"


def test_a_million_products_in_its_smallest_form(tmp_path):
    words = ["million.py", "--products", "40", "--runs", "1", "--folder", tmp_path]
    done = subprocess.run([sys.executable, *words], check=False, cwd=SCRIPTS, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("| the floor | ") == 2
    assert not list(tmp_path.iterdir())

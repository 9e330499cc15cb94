"""How many calls and how much memory a job costs, counted by the sandbox and the operating system."""

import math
import os
import subprocess
import sys

import pytest

from m2msync.sandbox.serve import running


def test_200_images_cost_one_options_call_and_one_request_per_500_products(journey):
    with running(pixels=32) as box:
        journey.environment |= box.env
        check_calls(box, journey)


def check_calls(box, journey):
    journey.write(regions={"belt": {"bbox": [-81, -3, -70, 8]}})
    journey.entry(
        images_per_scene=200,
        bands=["B2", "B3", "B4", "MTL"],
        filters={"acquired": {"start": "2022-01-01", "end": "2022-06-30"}},
    )
    result = journey.apply("-j", "8")
    assert result["summary"]["got"] == 800
    calls = box.counts.calls
    assert calls["download-options"] == 1
    assert calls["download-request"] <= math.ceil(800 / 500)
    searches = calls["scene-search"]
    assert result["summary"]["api_calls"] == sum(calls.values()) == 1 + searches + 1 + 2 + 1
    assert max(box.counts.concurrent.values()) == 1


@pytest.mark.parametrize(("pixels", "length"), [(64, 1_000), (1600, 8_000_000)])
def test_memory_stays_below_200_mb_whatever_the_file_sizes(journey, pixels, length):
    # Files of hundreds of megabytes are streamed in tests/transfer; here the whole process is measured.
    with running(pixels=pixels) as big:
        journey.environment |= big.env
        journey.entry(images_per_scene=1, bands=["B8"])
        measured = subprocess.run(
            [sys.executable, "-c", PEAK, "apply", "coast.yaml", "--json"],
            cwd=journey.folder,
            env={**os.environ, **journey.environment},
            capture_output=True,
            text=True,
            check=True,
        )
    assert max(path.stat().st_size for path in journey.files().values()) > length
    peak = int(measured.stderr.rsplit("peak ", 1)[1]) * (1 if sys.platform == "darwin" else 1024)
    assert peak < 140_000_000


PEAK = """
import resource, subprocess, sys
done = subprocess.run([sys.executable, "-m", "m2msync", *sys.argv[1:]])
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(done.returncode)
"""

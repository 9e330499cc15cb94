"""Every bad day the sandbox can play: the run ends well or says how to go on, and the next one completes it."""

import pytest

from m2msync.sandbox.profiles import PROFILES
from m2msync.sandbox.serve import running

ENDS = (0, 3, 6)


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_a_bad_day_and_the_day_after(journey, profile):
    with running(profile=profile, pixels=64) as box:
        journey.environment |= box.env
        first = journey.run("apply", "coast.yaml", M2MSYNC_PATIENCE="20")
        assert first.returncode in ENDS, first.stderr
        box.calm()
        second = journey.apply()
        assert second["status"] == "success"
        assert second["summary"]["got"] + second["summary"]["kept"] == len(journey.files()) > 0
        counts = box.counts
        assert max(counts.concurrent.values()) == 1
        assert not counts.refetched_in_full
        assert not counts.ordered_twice
        assert not counts.foreign_removed

"""Which copy of a catalog may replace which."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.errors import Stale
from m2msync.core.safekeeping import Edition, check_pull, check_push

editions = st.builds(Edition, st.sampled_from(["a", "b"]), st.integers(0, 3))


def allowed(check, new, old):
    with suppress(Stale):
        check(new, old)
        return True
    return False


@pytest.mark.parametrize("check", [check_push, check_pull])
@given(new=editions, old=st.none() | editions)
def test_nothing_newer_and_nothing_of_another_lineage_is_replaced(check, new, old):
    expected = old is None or (new.lineage == old.lineage and new.serial >= old.serial)
    assert allowed(check, new, old) == expected


def test_the_way_out_is_the_other_way():
    with pytest.raises(Stale) as caught:
        check_push(Edition("a", 1), Edition("a", 2))
    assert "m2msync catalog pull" in caught.value.hint
    assert caught.value.exit_code == 9

from __future__ import annotations

from dataclasses import replace

from m2msync.core.holding import Known
from m2msync.core.model import Asset
from m2msync.core.reprocessing import keep_held

RT, T1 = "LC09_L1TP_011059_20230328_20230328_02_RT", "LC09_L1TP_011059_20230328_20230401_02_T1"
WHOLE = {"old/B2.TIF": 7}.get


def wanted(display_id: str = T1, **more: object) -> Asset:
    name = f"{display_id}_B2.TIF"
    told = {"keeps_held": True} | more
    return Asset(f"d/{name}", "d", "r", "IMAGE", display_id, "B2", name, (f"new/{name}",), **told)


HELD = Known(
    f"d/{RT}_B2.TIF",
    "d",
    "r",
    "IMAGE",
    RT,
    "B2",
    "held",
    ("old/B2.TIF",),
    7,
    "sha512:ab",
    wanted=True,
    claimed=True,
)


def test_what_is_held_and_whole_is_kept():
    (kept,) = keep_held([wanted()], [HELD], WHOLE)
    assert (kept.key, kept.display_id, kept.filename, kept.paths) == (HELD.key, RT, f"{RT}_B2.TIF", HELD.paths)


def test_what_is_damaged_or_missing_gives_way():
    assert keep_held([wanted()], [HELD], {"old/B2.TIF": 6}.get) == (wanted(),)
    assert keep_held([wanted()], [HELD], {}.get) == (wanted(),)


def test_only_where_the_manifest_says_so():
    asset = wanted(keeps_held=False)
    assert keep_held([asset], [HELD], WHOLE) == (asset,)


def test_only_what_this_manifest_fetched_and_still_holds():
    for other in (replace(HELD, claimed=False), replace(HELD, state="failed"), replace(HELD, image="OTHER")):
        assert keep_held([wanted()], [other], WHOLE) == (wanted(),)


def test_the_new_one_stays_once_it_is_held():
    new = replace(HELD, key=f"d/{T1}_B2.TIF", display_id=T1)
    for known in ([HELD, new], [new, HELD]):
        assert keep_held([wanted()], known, WHOLE)[0].key == new.key

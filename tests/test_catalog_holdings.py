"""Which files of an image are held."""

from m2msync.catalog import Catalog
from m2msync.core.model import Asset
from m2msync.core.quicklook import Held, HeldImage

NOON = 1_795_348_800.0  # 2026-11-22T12:00:00Z


def asset(key: str, display_id: str) -> Asset:
    return Asset(f"d/{key}", "d", "r", f"E{display_id}", display_id, "B2", key, (f"p/{key}",))


def test_the_files_of_an_image_are_its_own_and_those_in_its_bundle(tmp_path):
    mine = [asset("I_B2.TIF", "I"), asset("I.tar", "I"), asset("I.tar/I_B3.TIF", "I")]
    with Catalog.open(tmp_path / "catalog.db") as catalog:
        catalog.want("m", [*mine, asset("I2_B2.TIF", "I2")], at=NOON)
        catalog.want("other", [asset("I_B9.TIF", "I")], at=NOON)
        run = catalog.begin_run("m", "label", NOON)
        for key in ("d/I.tar", "d/I2_B2.TIF"):
            catalog.record_landed(run, key, paths=[f"p/{key}"], size=7, digest=None, at=NOON)
        assert catalog.held_images("m") == [HeldImage("d", "EI", "I"), HeldImage("d", "EI2", "I2")]
        assert list(catalog.files_of("m", HeldImage("d", "EI", "I"))) == [
            Held("I.tar", "p/d/I.tar", wanted=True),
            Held("I.tar/I_B3.TIF", None, wanted=True),
            Held("I_B2.TIF", None, wanted=True),
        ]

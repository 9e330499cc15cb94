import io
import tarfile
from datetime import UTC, datetime

import pytest

from m2msync.sandbox.imagery import content, jpeg, raster
from m2msync.sandbox.imagery.content import browse_bytes, bundle_bytes, file_bytes
from m2msync.sandbox.world.scene import file_names

from ..scenes import KINDS, make_scene
from .tiffs import read_tags

STARTS = {"TIF": b"II*\0", "txt": b"", "xml": b'<?xml version="1.0"', "jpg": b"\xff\xd8\xff\xe0"}


def forget():
    content._SHELF = content._Shelf(content._REMEMBERED)


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_is_what_its_name_says(kind):
    scene = make_scene(*kind)
    for name in file_names(scene):
        data = file_bytes(scene, name, pixels=60)
        assert data.startswith(STARTS[name.rpartition(".")[2]])
        assert len(data) > 500


def test_files_are_made_the_same_again():
    scene = make_scene()
    first = [file_bytes(scene, name, pixels=40) for name in file_names(scene)]
    forget()
    assert [file_bytes(make_scene(), name, pixels=40) for name in file_names(scene)] == first


def test_other_scenes_and_sizes_have_other_files():
    scene, later = make_scene(), make_scene(seed=8)
    band, other = f"{scene.display_id}_B4.TIF", f"{later.display_id}_B4.TIF"
    assert len({file_bytes(scene, band), file_bytes(later, other), file_bytes(scene, band, pixels=60)}) == 3


def test_a_file_of_another_scene_is_refused():
    with pytest.raises(LookupError, match=r"has no file 'LC09_L1TP_011060_.*_B4\.TIF'"):
        file_bytes(make_scene(), f"{make_scene(row=60).display_id}_B4.TIF")


@pytest.mark.parametrize("kind", [("oli-tirs", "L1TP"), ("tm", "L1TP")])
def test_a_bundle_holds_all_files_as_they_are_alone(kind):
    scene = make_scene(*kind)
    with tarfile.open(fileobj=io.BytesIO(bundle_bytes(scene, pixels=40)), mode="r:") as tar:
        members = tar.getmembers()
        assert tuple(member.name for member in members) == file_names(scene)
        for member in members:
            assert tar.extractfile(member).read() == file_bytes(scene, member.name, pixels=40)
        assert {(member.uid, member.uname, member.mode) for member in members} == {(0, "", 0o644)}
        assert {member.mtime for member in members} == {datetime(2023, 3, 29, tzinfo=UTC).timestamp()}


def test_a_bundle_is_made_the_same_again():
    first = bundle_bytes(make_scene(), pixels=40)
    forget()
    assert bundle_bytes(make_scene(), pixels=40) == first


def test_browse_pictures_are_colour_tiffs_and_smaller_and_smaller_jpegs():
    scene = make_scene()
    assert read_tags(browse_bytes(scene, "frb"))[277] == [3]
    colours = raster.natural_colour(scene, 160)
    sizes = [browse_bytes(scene, kind) for kind in ("frbj", "rrb", "thumb")]
    assert sizes == [jpeg.encode(colours[::step, ::step]) for step in (1, 2, 8)]
    with pytest.raises(LookupError, match="no browse picture of kind 'poster'"):
        browse_bytes(scene, "poster")


def test_the_shelf_keeps_what_was_used_last_within_its_room():
    shelf, made = content._Shelf(10), []

    def take(key, size):
        return shelf.take(key, lambda: made.append(key) or bytes(size))

    for key, size in [("a", 4), ("b", 4), ("a", 4), ("c", 4), ("a", 4), ("b", 4)]:
        assert take(key, size) == bytes(size)
    assert made == ["a", "b", "c", "b"]
    assert take("larger than the shelf", 11) == bytes(11)
    take("a", 4)
    take("a", 4)
    assert made[-2:] == ["larger than the shelf", "a"]

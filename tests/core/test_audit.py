"""Names and sizes compared: every recorded path is told exactly once, and every file is read at most once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.audit import Copy, Recorded, audit, to_read

PATHS = st.sampled_from([f"{folder}/{name}" for folder in "ab" for name in "uvwxyz"])
SIZES = st.integers(0, 2)
FOUND = st.dictionaries(PATHS, st.tuples(st.none() | SIZES, st.none() | st.tuples(st.just(1), st.integers(1, 3))))


@st.composite
def stores(draw):
    """Return what is recorded and what is there; a file with several names has one size."""
    sizes, others = draw(st.dictionaries(PATHS, SIZES)), draw(st.frozensets(PATHS))
    fresh = draw(st.frozensets(st.sampled_from(sorted(sizes)))) if sizes else frozenset()
    found, of_inode = draw(FOUND), {}
    files = [
        (path, None, None) if size is None else (path, of_inode.setdefault(inode, size) if inode else size, inode)
        for path, (size, inode) in found.items()
    ]
    return Recorded(sizes, fresh, others - set(sizes)), draw(st.permutations(files))


@given(stores())
def test_every_path_is_told_once_and_rightly(store):
    recorded, files = store
    compared, on_disk = audit(recorded, files), {path: size for path, size, _ in files}
    assert sorted(compared.same + compared.odd) == sorted(recorded.sizes)
    assert all(on_disk[path] == recorded.sizes[path] for path in compared.same)
    assert all(on_disk.get(path) != recorded.sizes[path] for path in compared.odd)
    assert set(compared.extra) == on_disk.keys() - recorded.sizes.keys() - recorded.others
    assert len(compared.extra) == len(set(compared.extra))


@given(stores())
def test_each_file_is_read_once_by_all_its_names_unless_all_are_fresh(store):
    recorded, files = store
    compared = audit(recorded, files)
    inodes = {path: inode for path, _, inode in files}
    chosen = to_read(compared, recorded, "digest")
    read = [path for names in chosen for path in names]
    assert chosen == sorted(chosen)
    assert len(read) == len(set(read))
    assert set(read) >= (set(compared.same) - recorded.fresh) | set(compared.odd)
    assert all(not recorded.fresh.issuperset(names) or set(names) & set(compared.odd) for names in chosen)
    links = [inodes[names[0]] for names in chosen if inodes.get(names[0]) and names[0] in compared.same]
    assert len(links) == len(set(links))
    assert all(len({inodes.get(path) for path in names}) == 1 for names in chosen)
    assert to_read(compared, recorded, "deep") == chosen


@given(stores())
def test_a_quick_look_reads_nothing_that_is_there_in_its_size(store):
    recorded, files = store
    compared = audit(recorded, files)
    assert to_read(compared, recorded, "quick") == sorted((path,) for path in compared.odd)


def test_a_copy_knows_its_file_name_whatever_the_layout_calls_it():
    assert Copy("ds/x_B2.TIF", "north/B2", 1, None).filename == "x_B2.TIF"

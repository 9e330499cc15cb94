"""One pass over two sorted lists says the same as looking everything up."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.comparison import Entry, compare


class One(NamedTuple):
    key: str
    paths: tuple[str, ...]
    image: str
    digest: str | None = None


def wanted(key: str, *paths: str) -> One:
    return One(key, paths or (f"p/{key}",), "image")


def keys_of(found) -> list[str]:
    return [one.key for one in found.open]


def entry(key: str, state: str = "held", *, now: bool | None = True, path: str | None = "", size: int = 5) -> Entry:
    return Entry(key, state, now, f"p/{key}" if path == "" else path, size, "d", "r")


def whole(path: str) -> int | None:
    return 5


def test_what_is_held_and_whole_is_counted():
    found = compare([wanted("a"), wanted("b")], [entry("a"), entry("b")], whole)
    assert found.kept == {("d", "r"): (2, 10)}
    assert (found.open, found.known, found.leftovers, found.fresh) == ([], [], [], False)


def test_what_is_not_needs_a_decision():
    entries = [entry("b", "failed"), entry("c", path="elsewhere"), entry("d"), entry("e", path=None)]
    sizes = {"p/d": 4, "elsewhere": 5}
    found = compare([wanted(key) for key in "abcde"], entries, sizes.get)
    assert keys_of(found) == list("abcde")
    assert found.known == list("bcde")
    assert found.fresh
    assert found.kept == {}


def test_every_copy_has_to_be_there():
    one = wanted("a", "p/a", "q/a")
    assert compare([one], [entry("a"), entry("a", path="q/a")], whole).open == []
    assert compare([one], [entry("a")], whole).open == [one]
    assert compare([one], [entry("a"), entry("a", path="q/a")], {"p/a": 5}.get).open == [one]


def test_what_is_not_what_is_locked_needs_a_decision():
    held = [entry("a")._replace(digest="sha512:ab")]
    pins = {digest: wanted("a")._replace(digest=digest) for digest in ("sha512:ab", "sha512:cd", None)}
    assert [digest for digest, one in pins.items() if compare([one], held, whole).open] == ["sha512:cd"]


def test_what_is_wanted_no_longer_is_left_over_and_strangers_are_not():
    entries = [entry("a"), entry("b", now=False), entry("c", now=None)]
    found = compare([], entries, whole)
    assert found.leftovers == ["a", "b"]
    assert found.fresh
    assert not compare([], entries[1:], whole).fresh


def test_a_part_of_what_is_wanted_leaves_nothing_over():
    found = compare([wanted("b")], [entry("a"), entry("b"), entry("c")], whole, whole=False)
    assert found.leftovers == []
    assert not found.fresh


def test_everything_is_left_open_on_request():
    found = compare([wanted("a")], [entry("a")], None)
    assert (keys_of(found), found.known, found.kept) == (["a"], ["a"], {})


KEYS = st.sampled_from([f"k{n}" for n in range(12)])
ENTRIES = st.dictionaries(
    KEYS, st.tuples(st.sampled_from(["held", "failed"]), st.sampled_from([True, False, None]), st.integers(0, 2))
)


@given(st.sets(KEYS), ENTRIES)
def test_it_says_what_looking_up_says(keys, known):
    entries = [
        Entry(key, state, now, f"p/{key}-{n}" if n else f"p/{key}", 5, "d", "r")
        for key, (state, now, copies) in sorted(known.items())
        for n in range(max(copies, 1))
    ]
    found = compare([wanted(key) for key in sorted(keys)], entries, whole)
    settled = {key for key in keys if known.get(key, ("", 0, 0))[0] == "held"}
    assert set(keys_of(found)) == keys - settled
    assert set(found.known) == (keys - settled) & set(known)
    assert found.leftovers == sorted(key for key in set(known) - keys if known[key][1] is not None)
    assert sum(files for files, _ in found.kept.values()) == len(settled)
    added = any(key not in known or not known[key][1] for key in keys)
    lost = any(known[key][1] for key in set(known) - keys)
    assert found.fresh == (added or lost)

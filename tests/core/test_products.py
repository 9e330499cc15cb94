"""What a manifest calls products other than bands, and which files that means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.naming import sanitise
from m2msync.core.products import file_name, guessed_tail, is_free, label, tails_of, translated
from m2msync.core.wording import Unfit

ID = "LC09_L1TP_011059_20230328_20230329_02_T1"
BROWSE = "Full-Resolution Browse (Natural Color) GeoTIFF"
TAILS = (
    "_B2.TIF",
    "_MTL.txt",
    ".tar",
    "-Full-Resolution_Browse_Natural_Color_GeoTIFF.TIF",
    "-Full-Resolution_Browse_Quality_JPEG.jpg",
    "-Full_Resolution",
)
OFFERED = (("Full Resolution", "D441"), ("Compressed", "D482"), ("Compressed", "D483"))


@pytest.mark.parametrize(
    ("word", "tails"),
    [
        ("bundle", [".tar"]),
        ("Landsat Collection 2 Level-1 Product Bundle", [".tar"]),
        ("BROWSE", list(TAILS[3:5])),
        (BROWSE, [TAILS[3]]),
        (BROWSE.upper(), [TAILS[3]]),
        ("full resolution", ["-Full_Resolution"]),
        ("Full", []),
        ("B2", []),
        ("", []),
    ],
)
def test_a_word_means_files_whatever_its_case(word, tails):
    assert list(tails_of(word, TAILS)) == tails


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("D441", "Full Resolution"),
        ("d482", "Compressed"),
        ("full-resolution", None),
        ("FULL RESOLUTION", "Full Resolution"),
    ],
)
def test_a_code_or_name_is_translated_to_m2ms_name(word, name):
    if name is None:
        with pytest.raises(Unfit):
            translated(word, "naip", OFFERED)
    else:
        assert translated(word, "naip", OFFERED) == name


@pytest.mark.parametrize("word", ["bundle", "Browse", "Some Product Bundle"])
def test_our_own_words_need_no_translation(word):
    assert translated(word, "naip", OFFERED) == word


def test_a_dataset_that_tells_nothing_refuses_nothing():
    assert translated("anything", "naip", ()) == "anything"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("Full Resolutin", "did you mean 'Full Resolution'? It offers"),
        ("D484", "did you mean 'D48"),
        ("bundel", "did you mean 'bundle'? It offers"),
        ("xyzzy", "it offers Full Resolution (D441)"),
    ],
)
def test_what_a_dataset_does_not_have_is_refused_with_what_it_has(word, hint):
    with pytest.raises(Unfit, match=f"naip has no product '{word}'") as caught:
        translated(word, "naip", OFFERED)
    assert caught.value.hint.startswith(hint)


def test_a_long_offer_is_shortened():
    with pytest.raises(Unfit) as caught:
        translated("xyzzy", "naip", [(f"Product {n}", "") for n in range(40)])
    assert caught.value.hint.endswith("and 28 more")


@given(st.text(max_size=300), st.text(max_size=8))
def test_every_name_gives_a_harmless_file_name_that_is_found_again(name, code):
    made = file_name(ID, name, code, "dds")
    if not made:
        assert not tails_of(name, TAILS[:1])
        return
    assert made.startswith(ID)
    assert sanitise(made)
    tail = made.removeprefix(ID)
    assert "/" not in tail
    if guessed_tail(name) != "-":
        assert tails_of(name, [tail]) == (tail,)
        assert guessed_tail(name).lower() == tail.lower()


def test_labels_are_fit_for_a_layout():
    assert [label(tail) for tail in TAILS[2:]] == [
        "bundle", "Full-Resolution_Browse_Natural_Color_GeoTIFF", "Full-Resolution_Browse_Quality_JPEG", "Full_Resolution",
    ]  # fmt: skip


def test_which_words_are_ours():
    assert [is_free(word) for word in ("bundle", "Browse", "D441", "Full Resolution")] == [False, False, True, True]

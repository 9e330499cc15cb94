from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.catalog import Catalog
from m2msync.core.fields import Field

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
FIELDS = st.lists(
    st.builds(
        Field,
        TEXTS,
        TEXTS,
        TEXTS,
        TEXTS,
        st.booleans(),
        st.booleans(),
        st.lists(st.tuples(TEXTS, TEXTS)).map(tuple),
    )
)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "catalog.db") as opened:
        yield opened


def test_what_was_never_told_is_not_known(catalog):
    catalog.remember_fields("another", [], at=0)
    assert catalog.fields("d") is None
    assert catalog.fields("another") == ((), 0)


def test_the_last_word_counts(catalog):
    catalog.remember_fields("d", [Field("1", "Satellite", "SATELLITE", "Select")], at=1000)
    catalog.remember_fields("d", [Field("2", "Satellite", "SATELLITE", "Select")], at=2000.25)
    assert catalog.fields("d") == ((Field("2", "Satellite", "SATELLITE", "Select"),), 2000.25)


def test_it_outlasts_the_program(catalog):
    catalog.remember_fields("d", [Field("1", "Satellite", "SATELLITE", "Select")], at=1000)
    with Catalog.open(catalog.path, readonly=True) as again:
        assert again.fields("d") == catalog.fields("d")


@given(FIELDS)
def test_fields_come_back_as_they_were(catalog, fields):
    catalog.remember_fields("d", fields, at=0)
    assert catalog.fields("d") == (tuple(fields), 0)

"""HTML read as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.markup import without_markup


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("plain text", "plain text"),
        ("a &lt; b &amp; c&nbsp;d", "a < b & c d"),
        ("<p>one</p><p>two</p>", "one two"),
        ("one<br/>two\n\tthree", "one two three"),
        ("see <a href='x'>the page</a>, please", "see the page, please"),
        ("<style>p {color: red}</style>red<script>if (a < b) c()</script>", "red"),
        ("<!-- hidden -->shown", "shown"),
        ("3 < 4 and 5 > 4", "3 < 4 and 5 > 4"),
        ("broken <b", "broken <b"),
    ],
)
def test_only_what_a_person_reads_is_left(html, text):
    assert without_markup(html) == text


@given(st.text())
def test_any_text_can_be_read_and_becomes_one_line(text):
    read = without_markup(text)
    assert "\n" not in read
    assert read == read.strip()

"""What pruning and forgetting say; the expected texts are what a person sees."""

from dataclasses import replace
from textwrap import dedent

import pytest

from m2msync.core.forgetting import Chosen, Forgotten
from m2msync.core.holding import Known
from m2msync.core.surplus import Leftover, Surplus
from m2msync.report.tables import FEW
from m2msync.report.upkeep import forget_lines, prune_lines

COMMAND = "m2msync prune coast.yaml"


def known(band="B2", state="held", reason="verified"):
    return Known(
        f"ds/i_{band}.TIF", "ds", "coast", "E", "i", band, state, (f"coast/i_{band}.TIF",), 7, reason=reason
    )


def leftover(band, verb, reason="no longer in manifest", frees=7):
    product = known(band)
    return Leftover(product, product.paths[0], 7, verb, reason, frees)


def told(lines):
    return "\n".join(lines) + "\n"


def pruned(*leftovers, held=20, most=None, full=False, **rest):
    return told(prune_lines(Surplus("coast", leftovers, held, **rest), command=COMMAND, most=most, full=full))


def test_a_list_with_every_fate():
    assert pruned(
        leftover("B2", "delete"),
        leftover("B3", "leave", "size on disk differs: 5 bytes, recorded 7"),
        leftover("B4", "gone"),
        leftover("B5", "delete", "replaced by j", frees=0),
        leftover("B6", "leave", "the manifest north wants it"),
    ) == dedent(f"""\
        delete: no longer in manifest
              7 B  coast/i_B2.TIF
        delete: replaced by j
              7 B  coast/i_B5.TIF
        gone: no longer in manifest
              7 B  coast/i_B4.TIF
        leave: size on disk differs: 5 bytes, recorded 7
              7 B  coast/i_B3.TIF
        leave: the manifest north wants it
              7 B  coast/i_B6.TIF

        2 files (7 B) to delete; 1 gone already; 2 left alone.
        To do it: {COMMAND}
        """)


def test_what_was_moved_names_the_trash():
    files = [leftover("B2", "move"), leftover("B3", "failed", "/data cannot be written: Permission denied")]
    assert pruned(*files, done=True, trash="/trash") == dedent("""\
        failed: /data cannot be written: Permission denied
              7 B  coast/i_B3.TIF
        move: no longer in manifest
              7 B  coast/i_B2.TIF

        Moved 1 file (7 B) to /trash; 1 could not be moved.
        """)


@pytest.mark.parametrize(
    ("held", "most", "tail"),
    [
        (4, None, f"To do it: {COMMAND}\n"),
        (
            3,
            None,
            f"That is more than half of the 3 held, so it takes --max-delete.\nTo do it: {COMMAND} --max-delete 2\n",
        ),
        (3, 2, f"2 files (14 B) to delete.\nTo do it: {COMMAND} --max-delete 2\n"),
        (9, 1, f"That is more than 1, so it takes --max-delete.\nTo do it: {COMMAND} --max-delete 2\n"),
    ],
)
def test_the_command_is_one_that_will_do_it(held, most, tail):
    assert pruned(leftover("B2", "delete"), leftover("B3", "delete"), held=held, most=most).endswith(tail)


def test_where_nothing_can_be_done_no_command_is_offered():
    assert COMMAND not in pruned(leftover("B2", "leave"))
    assert pruned(leftover("B2", "gone")).endswith(f"To do it: {COMMAND}\n")
    assert pruned() == "Nothing to prune; 20 files held, all wanted.\n"


def test_many_files_are_cut_short_unless_all_are_asked_for():
    files = [leftover(f"B{n:03}", "delete") for n in range(FEW + 5)]
    assert "  and 5 more (-v lists them all)\n" in pruned(*files, held=99)
    assert pruned(*files, held=99, full=True).count("coast/i_B") == FEW + 5


def chosen(band, state="tombstoned", reason="forgotten 2026-11-25", before="held", **rest):
    facts = {"changed": True, "files": (), "bytes": 0, "elsewhere": "", **rest}
    return Chosen(known(band, before), state, reason, **facts)


def forgot(*products, undo=False):
    return told(forget_lines(Forgotten("coast", undo=undo, products=products), command=COMMAND))


def test_what_is_forgotten_and_what_was_so_before():
    assert forgot(
        chosen("B2", reason="forgotten 2026-11-20", before="tombstoned", changed=False),
        chosen("B3", files=("coast/a", "coast/b"), bytes=7, elsewhere="north"),
        chosen("B4", elsewhere="east"),
    ) == dedent(f"""\
        tombstoned: forgotten 2026-11-25
          ds/i_B3.TIF
          ds/i_B4.TIF
        tombstoned: forgotten 2026-11-20
          ds/i_B2.TIF

        2 products forgotten; 1 as before.
        Other manifests want some of them too, and do without now: east, north.
        Still in the store: 2 files (7 B).
        To delete them: {COMMAND}
        """)


def test_what_is_remembered():
    products = (
        chosen("B2", "held", "no longer forgotten", "tombstoned", files=("coast/a",), bytes=7),
        chosen("B3", "wanted", "no longer forgotten", "tombstoned", elsewhere="north"),
        chosen("B4", "held", "verified", changed=False),
    )
    assert forgot(*products, undo=True) == dedent("""\
        held: no longer forgotten
          ds/i_B2.TIF
        wanted: no longer forgotten
          ds/i_B3.TIF
        held: was not forgotten
          ds/i_B4.TIF

        2 products no longer forgotten; 1 as before.
        """)
    unchanged = [replace(p, changed=False) for p in products]
    assert forgot(*unchanged, undo=True).endswith("\nNothing changed.\n")

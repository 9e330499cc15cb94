"""Plans, results and statuses as text; the expected texts are what a person sees at 80 columns."""

from dataclasses import replace
from textwrap import dedent

import pytest

from m2msync.core.plan import Action, Plan
from m2msync.core.result import Failure, Result, Standing, Status
from m2msync.report.tables import FEW, plan_lines, result_lines, status_lines

IMAGE = "LC09_L1TP_011059_20230328_20230329_02_T1"
COMMAND = "m2msync apply coast.yaml"


def action(band, verb="get", reason="never fetched", size=62_300_000, region="coast"):
    key = f"landsat_ot_c2_l1/{IMAGE}_{band}.TIF"
    return Action(key, verb, reason, "landsat_ot_c2_l1", region, "LC9", IMAGE, band, f"{region}/{key}", size)


MIXED = Plan(
    "coast",
    7,
    (
        action("B2"),
        replace(action("B3"), attempts=2, reason="failed twice: the connection broke"),
        action("B4", "refetch", "file missing on disk", 61_000_000),
        action("B5", "keep", "held"),
        action("B6", "unavailable", "USGS lists it but cannot deliver it now", None),
        action("B7", region="galapagos", size=None),
        action("B8", "orphan", "no longer in manifest", region="galapagos"),
        action("B9", "tombstoned", "deleted on purpose", None, region="galapagos"),
    ),
    api_calls=1,
)


def told(lines):
    return "\n".join(lines) + "\n"


def test_a_plan():
    assert told(plan_lines(MIXED, command=COMMAND, free=53_100_000_000)) == dedent(f"""\
        dataset           region     verb         files    bytes
        landsat_ot_c2_l1  coast      get              2   125 MB
                                     refetch          1  61.0 MB
                                     keep             1  62.3 MB
                                     unavailable      1        ?
                          galapagos  get              1        ?
                                     orphan           1  62.3 MB
                                     tombstoned       1        ?

        get: failed twice: the connection broke
          landsat_ot_c2_l1/{IMAGE}_B3.TIF  62.3 MB
        get: never fetched
          landsat_ot_c2_l1/{IMAGE}_B2.TIF  62.3 MB
          landsat_ot_c2_l1/{IMAGE}_B7.TIF        ?
        refetch: file missing on disk
          landsat_ot_c2_l1/{IMAGE}_B4.TIF  61.0 MB
        unavailable: USGS lists it but cannot deliver it now
          landsat_ot_c2_l1/{IMAGE}_B6.TIF        ?

        Plan: 3 to get, 1 to refetch, 1 kept, 1 unavailable, 1 no longer wanted, 1
        deleted on purpose.
        It takes 186 MB of 53.1 GB free, about 1 API call and 4 of the download quota.
        To do it: m2msync apply coast.yaml
        """)


def test_a_plan_fits_80_columns():
    assert max(map(len, plan_lines(MIXED, command=COMMAND, free=53_100_000_000))) <= 80


def test_nothing_to_do():
    lines = list(plan_lines(Plan("coast", 1, (action("B2", "keep", "held"),)), command=COMMAND))
    assert lines[-1] == "No changes. The store matches the manifest."
    assert list(plan_lines(Plan("coast", 1, ()), command=COMMAND)) == lines[-1:]


def test_nothing_to_do_but_something_cannot_be_had():
    plan = Plan("coast", 1, (action("B2", "unavailable", "the image has no band B2", None),))
    lines = list(plan_lines(plan, command=COMMAND))
    assert "unavailable: the image has no band B2" in lines
    assert lines[-1] == "No changes. The store matches the manifest, except for 1 unavailable file."


def test_many_changes_are_cut_short_unless_all_are_asked_for():
    plan = Plan("coast", 1, tuple(action(f"B{i:02}") for i in range(FEW + 5)))
    keys = [a.key for a in plan.actions]
    few = told(plan_lines(plan, command=COMMAND))
    assert [key in few for key in keys] == [True] * FEW + [False] * 5
    assert "  and 5 more (-v lists them all)\n" in few
    assert all(key in told(plan_lines(plan, command=COMMAND, full=True)) for key in keys)


def test_many_regions_are_summed_up_unless_all_are_asked_for():
    plan = Plan("coast", 1, tuple(action("B2", region=f"r{i}") for i in range(FEW + 1)))
    lines = list(plan_lines(plan, command=COMMAND))
    assert lines[1].split() == ["landsat_ot_c2_l1", "(21", "regions)", "get", "21", "1.3", "GB"]
    assert sum(" get " in line for line in plan_lines(plan, command=COMMAND, full=True)) == FEW + 1


def test_a_sum_with_unknown_sizes_says_so():
    plan = Plan("coast", 1, (action("B2"), action("B3", size=None)))
    assert "> 62.3 MB" in next(line for line in plan_lines(plan, command=COMMAND) if " get " in line)


def test_names_from_elsewhere_cannot_steer_the_terminal():
    evil = "\x1b[2J\n[red]"
    plan = Plan("coast", 1, (replace(action("B2"), key=evil, reason=evil, dataset=evil, region=evil),))
    failed = Result("partial", 3, failed=(Failure(evil, evil, evil, rerun_helps=True),))
    status = Status("coast", 1, 0, 0, (Standing(evil, evil, "failed", evil),), evil)
    for lines in (
        plan_lines(plan, command=COMMAND),
        result_lines(failed, store=evil, command=COMMAND),
        status_lines(status, status.problems, command=COMMAND),
    ):
        seen = list(lines)
        assert any("?[2J?[red]" in line for line in seen)
        assert all(line.isprintable() for line in seen)


def test_colours_are_the_callers():
    lines = list(plan_lines(MIXED, command=COMMAND, paint=lambda text, colour: f"<{colour}>{text}"))
    assert "<green>get: never fetched" in lines
    assert "<red>unavailable: USGS lists it but cannot deliver it now" in lines


FAILED = (
    Failure(f"landsat_ot_c2_l1/{IMAGE}_B3.TIF", "x", "the connection broke 5 times", rerun_helps=True),
    Failure(f"landsat_ot_c2_l1/{IMAGE}_B4.TIF", "x", "the file host says it does not exist", rerun_helps=False),
    Failure(f"landsat_ot_c2_l1/{IMAGE}_B5.TIF", "x", "the connection broke 5 times", rerun_helps=True),
)


def test_a_partial_result():
    result = Result("partial", 3, got=20, kept=12, bytes=1_246_000_000, seconds=63, failed=FAILED)
    assert told(result_lines(result, store="/data/coast", command=COMMAND)) == dedent(f"""\
        Got 20 files (1.2 GB) in 1 min 3 s; 12 already in place; 3 failed.
        Store: /data/coast
        failed: the file host says it does not exist (running again will not help)
          landsat_ot_c2_l1/{IMAGE}_B4.TIF
        failed: the connection broke 5 times
          landsat_ot_c2_l1/{IMAGE}_B3.TIF
          landsat_ot_c2_l1/{IMAGE}_B5.TIF

        Running again may get 2 of the 3 failed files: m2msync apply coast.yaml
        """)


def test_every_failure_is_named_however_many():
    many = tuple(Failure(f"d/{i}.TIF", "x", "gone", rerun_helps=False) for i in range(100))
    seen = told(result_lines(Result("partial", 3, failed=many), store="", command=COMMAND))
    assert all(f"  d/{i}.TIF\n" in seen for i in range(100))
    assert COMMAND not in seen


def test_after_many_failures_the_last_lines_sum_them_up():
    many = [Failure(f"d/{i}.TIF", "x", "the connection broke", rerun_helps=True) for i in range(9_998)]
    rare = [Failure(f"d/x{i}.TIF", "x", "gone", rerun_helps=False) for i in range(2)]
    result = Result("partial", 3, got=5, bytes=5, seconds=1, failed=(*rare, *many))
    assert list(result_lines(result, store="/data", command=COMMAND))[-5:] == [
        "",
        "  9,998 the connection broke",
        "      2 gone (running again will not help)",
        "Got 5 files (5 B) in 1.0 s; 10,000 failed.",
        f"Running again may get 9,998 of the 10,000 failed files: {COMMAND}",
    ]


def test_a_run_without_work():
    lines = list(result_lines(Result("success", 0, kept=32), store="/data", command=COMMAND))
    assert lines == ["Nothing to do; 32 files in place.", "Store: /data"]


def test_an_interrupted_run():
    lines = list(result_lines(Result("interrupted", 130, got=1, bytes=5), store="", command=COMMAND))
    assert lines == ["Got 1 file (5 B) in 0.0 s.", f"What had arrived is kept. To go on: {COMMAND}"]


@pytest.mark.parametrize("code", [4, 5, 9])
def test_what_would_end_the_same_way_is_not_to_be_gone_on_with(code):
    lines = list(result_lines(Result("error", code, error="no lock"), store="", command=COMMAND))
    assert lines == ["Got 0 files (0 B) in 0.0 s."]


def test_a_status():
    key = f"landsat_ot_c2_l1/{IMAGE}"
    problems = (
        Standing(f"{key}_B8.TIF", "x", "orphan", "no longer in manifest"),
        Standing(f"{key}_B3.TIF", "x", "missing", "file missing on disk"),
        Standing(f"{key}_B4.TIF", "x", "damaged", "size on disk differs: 5 bytes, recorded 9000"),
    )
    status = Status("coast", 35, 32, 1_200_000_000, problems, "2023-11-06T12:00:00Z")
    assert told(status_lines(status, problems, command=COMMAND)) == dedent(f"""\
        32 of 35 wanted files held (1.2 GB); 1 missing, 1 damaged, 1 no longer wanted.
        Last apply: 2023-11-06T12:00:00Z
        damaged: size on disk differs: 5 bytes, recorded 9000
          {key}_B4.TIF
        missing: file missing on disk
          {key}_B3.TIF
        orphan: no longer in manifest
          {key}_B8.TIF

        To go on: {COMMAND}
        """)


def test_a_status_without_problems_or_without_a_search():
    held = Status("coast", 32, 32, 5, last_run="2023-11-06T12:00:00Z")
    assert told(status_lines(held, (), command=COMMAND)) == dedent("""\
        32 of 32 wanted files held (5 B).
        Last apply: 2023-11-06T12:00:00Z
        """)
    unknown = list(status_lines(Status("coast", 0, 0, 0), (), command=COMMAND))
    assert unknown == ["Nothing is known yet: no search has been made for this manifest.", "Last apply: never"]


@pytest.mark.parametrize(
    ("left", "told", "fits"),
    [
        (None, "1 of the download quota", True),
        (14_999, "1 of the 14,999 left", True),
        (0, "1 of the 0 left", False),
    ],
)
def test_a_plan_tells_what_it_costs_of_the_quota_and_whether_that_fits(left, told, fits):
    action = Action("d/a.TIF", "get", "never fetched", "d", "r", "i", "a", "B2", "a.TIF", 5)
    lines = list(plan_lines(Plan("m", 1, (action,), quota_left=left), command="m2msync apply m.yaml"))
    assert told in " ".join(lines)
    assert any("--wait" in line for line in lines) == (not fits)


@pytest.mark.parametrize(("code", "offered"), [(1, True), (4, False), (5, False), (6, True)])
def test_the_same_command_is_offered_only_where_it_can_help(code, offered):
    lines = list(result_lines(Result("error", code, error="x"), store="/s", command=COMMAND))
    assert any(COMMAND in line for line in lines) == offered

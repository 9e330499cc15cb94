"""A diagnosis on one screen."""

from m2msync.core.diagnosis import Check, Diagnosis
from m2msync.report.diagnosis import diagnosis_lines

OK = Check("clock", "ok", "agrees")


def told(*checks, **how):
    return list(diagnosis_lines(Diagnosis("", checks), **how))


def test_each_check_stands_on_a_line_and_the_sum_below():
    assert told(OK, Check("endpoint", "ok", "one\ntwo")) == [
        "ok       clock        agrees",
        "ok       endpoint     one",
        "                      two",
        "All is well.",
    ]


def test_the_way_out_stands_beneath_what_needs_one():
    assert told(
        Check("quota", "warning", "used up", "wait\nor not"), Check("role", "problem", "none", "ask", 5)
    ) == [
        "warning  quota        used up",
        "                      > wait",
        "                      > or not",
        "problem  role         none",
        "                      > ask",
        "1 problem and 1 warning.",
    ]


def test_several_of_a_kind_are_counted():
    assert told(*[Check("role", "problem", "none", "", 5)] * 2)[-1] == "2 problems."


def test_long_lines_are_wrapped_to_the_screen_but_paths_stay_whole():
    path = "/" + "very-long-folder/" * 8
    *lines, _ = told(Check("catalog", "warning", f"{'word ' * 30}{path}", f"{'word ' * 30}"))
    assert all(len(line) <= 80 for line in lines if path not in line)
    assert sum(path in line for line in lines) == 1
    assert lines[-1].startswith(" " * 24 + "word")


def test_what_comes_from_the_network_cannot_steer_the_terminal():
    assert "\x1b" not in "".join(told(Check("notices", "ok", "a \x1b[2J b", "c \x1b[31m d")))


def test_states_are_coloured():
    assert told(OK, paint=lambda text, colour: f"<{colour}>{text}")[0] == "<green>ok       clock        agrees"

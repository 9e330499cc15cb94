"""docs/errors.md tells every class of error, with its exit code."""

import inspect
import re

from m2msync.core import errors

from .pages import ROOT

PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
CLASSES = [
    cls
    for cls in vars(errors).values()
    if inspect.isclass(cls) and issubclass(cls, errors.M2MSyncError) and cls is not errors.M2MSyncError
]


def test_every_class_is_told():
    assert [cls.__name__ for cls in CLASSES if f"\n| `{cls.__name__}` |" not in PAGE] == []


def test_exit_codes_are_those_of_the_code():
    told = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", PAGE, re.MULTILINE))
    ending = {cls.__name__: str(cls.exit_code) for cls in CLASSES if not issubclass(cls, errors.TransferError)}
    assert told == ending


def test_whether_running_again_helps_is_that_of_the_code():
    told = dict(re.findall(r"^\| `(\w+)` \| .* \| (yes|no) \|$", PAGE, re.MULTILINE))
    files = {cls.__name__: cls for cls in CLASSES if issubclass(cls, errors.TransferError)}
    assert told == {name: "yes" if files[name].rerun_helps else "no" for name in told}
    assert len(told) == 6

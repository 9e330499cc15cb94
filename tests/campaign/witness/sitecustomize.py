"""Ends the command that the campaign runs shortly after it has begun to rename a file into place, or to commit.

Both take well under a millisecond, so nobody could kill it from outside in time: a timer is set, and its signal, which
nothing handles, ends the process as abruptly as kill -9. Python imports this before the command, of which nothing is
replaced.
"""

import os
import signal
import sqlite3
import sys

_what, _nth, _delay = os.environ["CAMPAIGN_MOMENT"].split()
_left = int(_nth)
_connect = sqlite3.connect


def _begins(what):
    global _left  # noqa: PLW0603 - one process, one moment
    if what == _what:
        _left -= 1
        if _left == 0:
            signal.setitimer(signal.ITIMER_REAL, max(float(_delay), 1e-6))  # none at all would disarm it


def _watch(event, arguments):
    if event == "os.rename" and ".m2msync" not in os.fspath(arguments[1]):
        _begins("rename")


def _watched(*arguments, **options):
    connection = _connect(*arguments, **options)
    connection.set_trace_callback(lambda sql: _begins("commit") if sql == "COMMIT" else None)
    return connection


sys.addaudithook(_watch)
sqlite3.connect = _watched

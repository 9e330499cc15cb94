"""A campaign of kill -9: the real command dies hundreds of times, and nothing wrong is ever visible.

`make campaign` runs the long one, `test_kills.py` a short one; `python -m tests.campaign --help` says what can be chosen.
"""

"""Lets `python -m m2msync` do what the command `m2msync` does."""

from m2msync.cli import main

main()

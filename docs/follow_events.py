"""Follows the events file of a running `m2msync apply --events FILE`, and prints what has landed.

    python follow_events.py run.ndjson data                # the path of every file
    python follow_events.py run.ndjson data --together 4   # the folder of every image that has 4 files

It ends when the run ends, with the run's exit code. An example to begin with: copy it and change it.
"""

import argparse
import json
import sys
import time
from pathlib import Path


def lines(path):
    """Yield the lines of a file that grows, each once it is whole."""
    while not path.exists():
        time.sleep(0.2)
    rest = ""
    with path.open(encoding="utf-8") as file:
        while True:
            rest += file.readline()
            if rest.endswith("\n"):
                yield rest
                rest = ""
            else:
                time.sleep(0.2)


def main():
    """Follow the run and return its exit code."""
    parser = argparse.ArgumentParser(description="Print what lands while m2msync runs.")
    parser.add_argument("events", type=Path, help="the file named by --events")
    parser.add_argument("store", type=Path, help="the manifest's store")
    parser.add_argument("--together", type=int, metavar="N", help="print an image's folder once it has N files")
    asked = parser.parse_args()
    told = set()
    for line in lines(asked.events):
        event = json.loads(line)
        if event["event"] == "finished":
            return event["exit_code"]
        if event["event"] != "landed":
            continue
        path = asked.store.resolve() / event["path"]
        if not asked.together:
            print(path, flush=True)
        elif path.parent not in told and len(list(path.parent.iterdir())) >= asked.together:
            told.add(path.parent)
            print(path.parent, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

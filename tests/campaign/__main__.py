"""`python -m tests.campaign`: the long campaign, with its figures."""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path

from m2msync.sandbox.behaviour import Behaviour
from m2msync.sandbox.serve import running

from . import job
from .campaign import Report, wage


def main() -> None:
    """Wage a campaign and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--seed", type=int, default=None, help="of the moments; another one each time unless told")
    parser.add_argument("--one-file", action="store_true", help="fetch one file of more than 20 MB instead of many")
    told = parser.parse_args()
    seed = random.randrange(10**6) if told.seed is None else told.seed
    print(f"seed {seed}", flush=True)
    pixels = 2400 if told.one_file else 280
    with tempfile.TemporaryDirectory() as name, running(pixels=pixels, behaviour=Behaviour(latency=0.05)) as box:
        folder = Path(name)
        if told.one_file:
            chapters = [job.single(box, folder, connections=told.connections)]
        else:
            number = max(1, told.kills // 20)
            chapters = job.chapters(box, folder, number, connections=told.connections, images=12, bundles=3)
        print(f"{len(chapters)} chapters, {sum(len(c.products) for c in chapters)} files", flush=True)
        report = wage(box, folder, chapters, kills=told.kills, connections=told.connections, seed=seed,
                      tell=lambda line: print(line, flush=True))  # fmt: skip
    print(summary(report))
    # How fast a life gets on is a guess: the last of them may have nothing left to do.
    assert report.kills + report.ended == told.kills
    assert report.kills >= told.kills * 0.9
    assert report.twice <= report.allowed
    assert not report.ordered_twice


def summary(report: Report) -> str:
    """Return the figures as text."""
    seconds = ", ".join(f"{each:.1f} s" for each in report.last_runs)
    return f"""\
{report.files} files, {report.size:,} bytes; {report.kills} kills in {report.seconds:.0f} s
lives that ended before they were killed: {report.ended}
aimed at: {_listed(report.aimed)}
met: {_listed(report.met)}
in place and not recorded: {report.unrecorded}; of them
  taken over without fetching: {report.taken_over}
  fetched again, as no digest is announced for bundles: {report.refetched}
bytes sent twice: {report.twice:,}, {report.twice / report.size:.1%} of the job ({report.allowed:,} allowed)
ordered twice: {report.ordered_twice}; sent whole twice: {report.whole_twice}
last runs: {seconds}"""


def _listed(counter: object) -> str:
    return ", ".join(f"{what} {times}" for what, times in counter.most_common())


if __name__ == "__main__":
    main()

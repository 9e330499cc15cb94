"""The jobs that are timed, and what is to be reached in each."""

from __future__ import annotations

from dataclasses import dataclass, replace

DATASET = "landsat_ot_c2_l1"
BBOX = (-79.0, 2.0, -77.0, 4.0)
"""West, south, east, north of a region with some 400 images in DATES."""
DATES = {"start": "2022-01-01", "end": "2022-12-31"}
US = "m2msync apply"
_TEN = ("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B9", "B10", "B11")
_FOUR = ("B2", "B3", "B4", "B5")


@dataclass(frozen=True, slots=True)
class Target:
    """How much of a rival's cost m2msync may have."""

    rival: str
    most: float
    measure: str = "wall"


@dataclass(frozen=True, slots=True)
class Workload:
    """One job: which files, over what kind of link, and who does it."""

    letter: str
    title: str
    scenes: int
    bands: tuple[str, ...]
    """Band files, and MTL; nothing for whole bundles."""
    size: int
    """Bytes of a band file."""
    connections: int
    rivals: tuple[str, ...]
    targets: tuple[Target, ...] = ()
    latency: float = 0.0
    """Seconds of a round trip, to M2M and to the file host alike."""
    rate: int = 0
    """Bytes a second of one connection, 0 for no limit."""
    segments: int = 1
    """Connections that one file may use."""
    notebook_scenes: int = 0
    """How many scenes the notebook's way does; its time is scaled to all, as it does one after the other."""

    @property
    def bundles(self) -> bool:
        """Whether whole bundles are wanted."""
        return not self.bands


WORKLOADS = (
    Workload(
        "a", "2,000 x 20 kB, 50 ms away, TLS", 200, _TEN, 20_000, 16,
        rivals=("aria2c", "curl", "notebook"), targets=(Target("aria2c", 1.15),),
        latency=0.05, notebook_scenes=10,
    ),
    Workload(
        "b", "200 x 5 MB, 5 MB/s per connection, TLS", 50, _FOUR, 5_000_000, 8,
        rivals=("aria2c", "curl", "notebook"), targets=(Target("aria2c", 1.05),),
        rate=5_000_000, notebook_scenes=5,
    ),
    Workload(
        "c", "10 x 100 MB, no limit, TLS", 10, ("B4",), 100_000_000, 4,
        rivals=("aria2c", "aria2c --checksum", "curl", "notebook"), targets=(Target("aria2c --checksum", 0.8),),
        notebook_scenes=10,
    ),
    Workload(
        "d", "100 images x 4 files, 50 ms away, 5 MB/s per connection, TLS", 100, (*_FOUR[:3], "MTL"), 250_000, 16,
        rivals=("aria2c", "curl", "notebook"), targets=(Target("notebook", 0.1),),
        latency=0.05, rate=5_000_000, notebook_scenes=100,
    ),
    Workload(
        "e", "one file of 100 MB, 5 MB/s per connection, TLS", 1, ("B4",), 100_000_000, 8,
        rivals=("aria2c", "curl", "notebook"), targets=(Target("aria2c", 1.15),),
        rate=5_000_000, segments=8, notebook_scenes=1,
    ),
    Workload(
        "f", "1,000 x 20 kB, no limit, TLS", 100, _TEN, 20_000, 8,
        rivals=("aria2c", "curl", "notebook"), targets=(Target("aria2c", 6, "cpu"),),
        notebook_scenes=10,
    ),
    Workload(
        "g", "100 bundles, 50 ms away, 5 MB/s per connection, TLS", 100, (), 250_000, 16,
        rivals=("aria2c", "curl", "usgsxplore"), targets=(Target("usgsxplore", 0.5),),
        latency=0.05, rate=5_000_000,
    ),
)  # fmt: skip


def quick(job: Workload) -> Workload:
    """Return a small version of a workload, which shows that the rig works and nothing else."""
    scenes = max(1, job.scenes // 20)
    return replace(
        job,
        title=f"cut down from {job.title}",
        scenes=scenes,
        size=min(job.size, 2_000_000),
        notebook_scenes=min(job.notebook_scenes, scenes),
    )

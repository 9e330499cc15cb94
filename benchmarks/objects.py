"""Sends files into a bucket from one thread and from several, against rclone's server on loopback.

    python benchmarks/objects.py [megabytes] [files]

Every row is a process of its own, so that its peak memory is its own. The rival is `rclone copy` of the same files.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from buckets import KEY, SECRET, rclone

from m2msync.store import Label, open_store


def send(threads: int, megabytes: int, files: int, scratch: Path) -> None:
    """Publish the files and print seconds, CPU seconds and peak memory."""
    store = open_store("s3://bucket/prefix", scratch)
    block = os.urandom(1 << 20)
    partials = [store.scratch.partial_path(f"ds/{threads}-{n}") for n in range(files)]
    for partial in partials:
        with partial.open("wb") as file:
            for _ in range(megabytes):
                file.write(block)
    store.sizes(["a"])  # what speaks S3 is loaded
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    wall, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda p: store.publish(p, f"ds/{p.name}", label=Label("ds/x", "sha512:0")), partials))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"| {threads} threads | {wall:.1f} s | {cpu:.1f} s | {peak} MB ({before} MB before) |", flush=True)


def main(megabytes: int = 62, files: int = 20) -> None:
    """Run every row."""
    print(f"{files} files of {megabytes} MB\n\n| | wall | CPU | peak memory |\n|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        served, scratch = Path(folder, "served"), Path(folder, "scratch")
        (served / "bucket").mkdir(parents=True)
        with rclone(served) as server:
            for threads in (1, 5, 10):
                words = [sys.executable, __file__, "send", str(threads), str(megabytes), str(files), str(scratch)]
                subprocess.run(words, env={**os.environ, **server.environment}, check=True)
            source = Path(folder, "source")
            (served / "bucket" / "prefix" / "ds").rename(source)
            program = Path(sys.executable).with_name("rclone")
            account = f"access_key_id={KEY},secret_access_key={SECRET}"
            remote = f":s3,provider=Rclone,endpoint='{server.url}',{account}:bucket/x"
            keep = [path for path in sorted(source.iterdir()) if "-" in path.name][:files]
            (source / "few").mkdir()
            for path in keep:
                path.rename(source / "few" / path.name)
            wall = time.perf_counter()
            subprocess.run([program, "copy", "--transfers", "5", source / "few", remote], check=True)
            print(f"| rclone copy --transfers 5 | {time.perf_counter() - wall:.1f} s | | |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["send"]:
        threads, megabytes, files, scratch = sys.argv[2:]
        send(int(threads), int(megabytes), int(files), Path(scratch))
    else:
        main(*map(int, sys.argv[1:]))

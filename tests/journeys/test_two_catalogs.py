"""Two manifests with a catalog each may share a store; whoever comes second must not write into the other's files."""

import signal

from test_interruption import slow, wait_until


def test_a_second_apply_to_the_same_store_says_who_is_at_work(box, journey):
    slow(box)
    journey.write(catalog="one.db")
    running = journey.start("apply", "coast.yaml", "-j", "1")
    wait_until(lambda: len(journey.files()) >= 1)
    journey.write(catalog="two.db")
    second = journey.run("apply", "coast.yaml", **box.env_of("neighbour"))
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert second.returncode == 1
    assert f"pid {running.pid}" in second.stderr
    assert f"is working on this store: apply {journey.folder / 'coast.yaml'}" in second.stderr
    # Once it is free, what the first has landed is taken over, not fetched again.
    landed = {path: path.stat().st_ino for path in journey.files().values()}
    journey.apply(**box.env_of("neighbour"))
    assert landed.items() <= {path: path.stat().st_ino for path in journey.files().values()}.items()

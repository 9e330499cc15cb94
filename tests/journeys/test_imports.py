"""What a run loads: start-up is most of what an apply with nothing to do costs."""

HEAVY = {"pandas", "numpy", "sqlite_utils", "jsonschema", "attrs", "referencing", "rich"}
HEAVY |= {
    "fsspec",
    "s3fs",
    "botocore",
    "aiobotocore",
    "aiohttp",
    "platformdirs",
    "m2msync.store.objects",
}


def loaded(done):
    """Return the modules a process imported that ran with PYTHONPROFILEIMPORTTIME."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


def test_an_apply_without_tables_loads_nothing_it_does_not_need(journey):
    for _ in ("the first, which makes the catalog and fetches", "one with nothing to do"):
        done = journey.run("apply", journey.manifest.name, PYTHONPROFILEIMPORTTIME="1")
        assert done.returncode == 0
        assert {"m2msync.sync", "m2msync.catalog", "requests", "yaml"} <= loaded(done)
        assert not loaded(done) & HEAVY


def test_what_is_wrong_with_a_manifest_is_told_by_jsonschema(journey):
    journey.write(version="one")
    done = journey.run("validate", journey.manifest.name, PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 4
    assert "jsonschema" in loaded(done)


def test_what_asks_nothing_of_m2m_loads_nothing_that_could(journey):
    journey.apply()
    for verb in ("status", "verify", "prune", "export"):
        flags = ["--format", "csv"] if verb == "export" else []
        done = journey.run(verb, journey.manifest.name, *flags, PYTHONPROFILEIMPORTTIME="1")
        assert done.returncode == 0
        assert "m2msync.catalog" in loaded(done)
        assert not loaded(done) & {"requests", "urllib3", "http.client", "ssl", "tenacity", *HEAVY}, verb

"""The rule that the page about buckets gives is one that a server takes."""

import json

from .pages import ROOT, blocks


def test_the_rule_for_abandoned_uploads_is_one(moto_bucket):
    (rule,) = (block.text for block in blocks(ROOT / "docs" / "how-to-object-store.md") if block.kind == "json")
    moto_bucket.server.client.put_bucket_lifecycle_configuration(
        Bucket=moto_bucket.name, LifecycleConfiguration=json.loads(rule)
    )

"""Where a store may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.addresses import Address, is_remote, read_address
from m2msync.core.wording import Unfit


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("s3://bucket", Address("bucket")),
        ("s3://bucket/", Address("bucket")),
        ("S3://bucket/a/b/", Address("bucket", "a/b")),
        ("s3://my.bucket-1/a b/é", Address("my.bucket-1", "a b/é")),
    ],
)
def test_a_bucket_and_a_prefix_are_an_address(url, address):
    assert read_address(url) == address == read_address(address.url)


@pytest.mark.parametrize("path", ["data", "/data", "C:\\data", "c:/data", "a:b", "s3:/bucket", "x/s3://y"])
def test_a_path_is_no_address(path):
    assert not is_remote(path)


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3:///x",
        "s3://ab",
        "s3://bucket/../x",
        "s3://bucket//x",
        "s3://bucket/a?versionId=1",
        "s3://b c d/x",
    ],
)
def test_what_is_no_prefix_of_a_bucket_is_refused(url):
    with pytest.raises(Unfit):
        read_address(url)


def test_what_may_be_a_secret_is_not_repeated():
    with pytest.raises(Unfit) as caught:
        read_address("s3://AKIA:hunter2@bucket/x")
    assert "hunter2" not in caught.value.message + caught.value.hint


@given(st.text())
def test_whatever_is_written_is_an_address_or_unfit(text):
    url = f"s3://{text}"
    try:
        address = read_address(url)
    except Unfit:
        return
    assert read_address(address.url) == address

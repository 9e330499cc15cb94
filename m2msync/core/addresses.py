"""Where a store may be, by the address that a manifest gives it: a folder, or a prefix of a bucket."""

from __future__ import annotations

import re
from dataclasses import dataclass

from m2msync.core.wording import Unfit, shown

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*(?:::[A-Za-z][A-Za-z0-9+.-]*)*)://")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
_SERVE = "serve it as S3 (rclone serve s3, with AWS_ENDPOINT_URL_S3), or mount it and write the folder"
_HALF = ("shows files while they are being written", _SERVE)
_UNWRITABLE = ("cannot be written", "write a folder or s3://bucket/prefix")
_REASONS = {
    "file": ("is a folder", "write the folder itself, without file://"),
    "local": ("is a folder", "write the folder itself, without local://"),
    "memory": ("is gone when the program ends", "write a folder or s3://bucket/prefix"),
    **dict.fromkeys(("s3a", "s3n"), ("is what Hadoop calls S3", "write s3://bucket/prefix")),
    **dict.fromkeys(
        ("gs", "gcs"),
        (
            "is spoken to as S3",
            "write s3://bucket/prefix, with AWS_ENDPOINT_URL_S3=https://storage.googleapis.com and HMAC keys",
        ),
    ),
    **dict.fromkeys(("abfs", "abfss", "adl", "az"), ("is not spoken here", _SERVE)),
    **dict.fromkeys(("ftp", "ftps", "sftp", "ssh", "smb", "webdav", "webhdfs", "hdfs"), _HALF),
    **dict.fromkeys(("http", "https", "github", "git", "zip", "tar", "data"), _UNWRITABLE),
}


@dataclass(frozen=True, slots=True)
class Address:
    """A prefix of a bucket."""

    bucket: str
    prefix: str = ""
    """Without slashes at its ends; empty for the whole bucket."""

    @property
    def url(self) -> str:
        """The address as a manifest has it."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


def is_remote(store: str) -> bool:
    """Return whether the address of a store is no folder's."""
    return _SCHEME.match(store) is not None


def read_address(url: str) -> Address:
    """Return the prefix of a bucket that an address names.

    Raises:
        Unfit: no store can be there; files would not appear in it whole or not at all.
    """
    scheme = _SCHEME.match(url)
    kind = scheme[1].lower() if scheme else ""
    if kind != "s3":
        reason, hint = _REASONS.get(kind, ("is not known to publish files in one step", _UNWRITABLE[1]))
        raise Unfit(f"a store cannot be at {kind}://, which {reason}", hint)
    bucket, _, rest = url.partition("://")[2].partition("/")
    if "@" in bucket or ":" in bucket:  # never repeated: it may be a secret
        raise Unfit(
            "the address of a store is a bucket and a prefix, and nothing secret", "see `m2msync help object-store`"
        )
    if not _BUCKET.fullmatch(bucket):
        raise Unfit(f"{shown(bucket)} is no name of a bucket", "write s3://bucket/prefix")
    prefix = rest.rstrip("/")
    if prefix and not all(part.strip(".") for part in prefix.split("/")):
        raise Unfit(f"{shown(prefix)} is no prefix: a part of it is empty, . or ..", "write s3://bucket/prefix")
    if re.search(r"[?#\\]", prefix):
        raise Unfit(f"{shown(prefix)} is no prefix: it has a ?, a # or a backslash", "write s3://bucket/prefix")
    return Address(bucket, prefix)

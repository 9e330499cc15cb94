"""A bucket, through s3fs: objects put, listed, read, copied and deleted. An object is seen once it is complete."""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from m2msync.core.errors import StorageError
from m2msync.store.disk import explained
from m2msync.store.troubles import is_broken, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from m2msync.store.uploads import Uploads

PIECE = 5 << 20  # bytes sent or asked for at a time: the least that S3 takes as a part
_AT_A_TIME = 4  # pieces on their way: what sends them keeps each several times in memory
_MOST_PIECES = 10_000  # of one upload
_UNKNOWN = "NoSuchUpload"
_READS = 5  # times that a piece is asked for whose answer breaks
_SETTINGS = {
    "max_pool_connections": 64,
    "connect_timeout": 10,
    "read_timeout": 60,
    # Servers that only look like S3 do not know botocore's new checksums; Content-MD5 they all check.
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
    "user_agent_extra": "m2msync",
}


@dataclass(frozen=True, slots=True)
class Head:
    """What a server says of an object."""

    size: int
    about: Mapping[str, str]
    """Its metadata, the names in small letters: servers do not agree on them."""
    etag: str


class Bucket:
    """A bucket; any thread may use it. Keys are full, with the store's prefix."""

    def __init__(self, name: str, place: str, uploads: Uploads) -> None:
        """Connect to nothing yet.

        Args:
            name: the bucket's.
            place: what a person is told of it.
            uploads: remembers what has been begun.
        """
        self.name, self.place, self._uploads = name, place, uploads
        self._making, self._made = Lock(), None
        self._sending = BoundedSemaphore(_AT_A_TIME)

    def put(
        self, file: BinaryIO, key: str, about: Mapping[str, str], sure: Callable[[], None] = lambda: None
    ) -> None:
        """Send a file; nobody sees it before it is whole.

        Args:
            file: open at its beginning.
            key: what it shall be called.
            about: its metadata.
            sure: called before it is seen; what it raises prevents that.
        """
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        if size <= PIECE:
            self._send(file, PIECE, "put_object", sure, Key=key, Metadata=about)
        else:
            self._put_pieces(file, size, key, about, sure)
        found = self.head(key)
        if found is None or found.size != size:
            there = "none" if found is None else f"{found.size}"
            raise StorageError(f"of {size} bytes sent as {key}, the server of {self.place} holds {there}")

    def head(self, key: str) -> Head | None:
        """Return what the server says of an object, None if there is none."""
        try:
            answer = self._call("head_object", Key=key)
        except FileNotFoundError:
            return None
        about = {name.lower(): value for name, value in answer.get("Metadata", {}).items()}
        return Head(int(answer["ContentLength"]), about, answer.get("ETag", ""))

    def pages(self, prefix: str, *, delimiter: str = "", most: int = 1000) -> Iterator[list[tuple[str, int]]]:
        """Yield the keys that begin with a prefix, with the lengths of their objects, a thousand at a time."""
        asked: dict[str, Any] = {"Prefix": prefix, "MaxKeys": most}
        if delimiter:
            asked["Delimiter"] = delimiter
        while True:
            answer = self._call("list_objects_v2", **asked)
            yield [(found["Key"], int(found["Size"])) for found in answer.get("Contents", ())]
            if not answer.get("IsTruncated"):
                return
            asked["ContinuationToken"] = answer["NextContinuationToken"]

    def copy(self, source: str, key: str) -> None:
        """Make the same object, with its metadata, appear under another key; the server does it."""
        with told(self.place):
            self._files.cp_file(f"{self.name}/{source}", f"{self.name}/{key}")

    def delete(self, key: str) -> None:
        """Delete an object; if there is none, that is as good."""
        self._call("delete_object", Key=key)

    def write(self, key: str, text: str) -> None:
        """Make a small text an object."""
        self._call("put_object", Key=key, Body=text.encode("utf-8", "backslashreplace"))

    def fetch(self, key: str, size: int, path: Path) -> None:
        """Write an object to a file.

        Raises:
            StorageError: the object is no longer there, or the file cannot be written.
        """
        with explained(path), path.open("wb") as file:
            for start in range(0, size, PIECE):
                file.write(self.read(key, start, min(size, start + PIECE)))

    def read(self, key: str, start: int, stop: int) -> bytes:
        """Return the bytes of an object from `start` up to and without `stop`.

        Raises:
            FileNotFoundError: there is none.
        """
        left = _READS
        with told(self.place):
            while True:
                left -= 1
                try:
                    return cast("bytes", self._files.cat_file(f"{self.name}/{key}", start=start, end=stop))
                except Exception as error:
                    if not (left and is_broken(error)):
                        raise

    def open(self, key: str, size: int) -> io.BufferedReader:
        """Return an object as a file to read and to seek in."""
        return io.BufferedReader(_Ranges(self, key, size), PIECE)

    def uploads(self, key: str) -> list[str]:
        """Return the uploads of an object that have been begun and not ended."""
        found = self._call("list_multipart_uploads", Prefix=key).get("Uploads", ())
        return [one["UploadId"] for one in found if one["Key"] == key]

    def abort(self, key: str, upload: str) -> None:
        """End an upload that has been begun; if there is no such any more, that is as good."""
        try:
            self._call("abort_multipart_upload", Key=key, UploadId=upload)
        except StorageError as error:
            if _UNKNOWN not in error.message:
                raise

    @property
    def _files(self) -> Any:
        with self._making:
            if self._made is None:
                self._made = _connected()
            return self._made

    def _call(self, method: str, **arguments: Any) -> Any:
        with told(self.place):
            return self._files.call_s3(method, Bucket=self.name, **arguments)

    def _send(
        self, file: BinaryIO, piece: int, method: str, sure: Callable[[], None] = lambda: None, **arguments: Any
    ) -> Any:
        """Send the next piece of a file; it is in memory no longer than that takes."""
        with self._sending:
            body = file.read(piece)
            sure()
            return self._call(method, Body=body, ContentMD5=_md5(body), **arguments)

    def _put_pieces(
        self, file: BinaryIO, size: int, key: str, about: Mapping[str, str], sure: Callable[[], None]
    ) -> None:
        with self._uploads.noted(self, key) as note:
            upload = note(self._call("create_multipart_upload", Key=key, Metadata=about)["UploadId"])
            piece = max(PIECE, -(-size // _MOST_PIECES))
            parts = []
            for number in range(1, 1 + -(-size // piece)):
                answer = self._send(file, piece, "upload_part", Key=key, UploadId=upload, PartNumber=number)
                parts.append({"ETag": answer["ETag"], "PartNumber": number})
            sure()
            self._complete(key, upload, parts)

    def _complete(self, key: str, upload: str, parts: list[dict[str, Any]]) -> None:
        try:
            self._call("complete_multipart_upload", Key=key, UploadId=upload, MultipartUpload={"Parts": parts})
        except StorageError as error:
            # It may have been completed already, by a request whose answer was lost: then this was the second.
            found = self.head(key) if _UNKNOWN in error.message else None
            if found is None or found.etag != _etag(parts):
                raise


class _Ranges(io.RawIOBase):
    """An object read piece by piece."""

    def __init__(self, bucket: Bucket, key: str, size: int) -> None:
        self._bucket, self._key, self._size, self._at = bucket, key, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        stop = min(self._size, self._at + len(buffer))
        data = self._bucket.read(self._key, self._at, stop) if stop > self._at else b""
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _connected() -> Any:
    from s3fs import S3FileSystem  # noqa: PLC0415 - an extra, and slow to import

    files = S3FileSystem(skip_instance_cache=True, use_listings_cache=False, config_kwargs=_SETTINGS)
    files.retries = 1  # botocore tries again itself, as often as AWS_MAX_ATTEMPTS says
    files.connect().meta.events.register_last("before-call.s3", _send_at_once)
    return files


def _send_at_once(params: dict[str, Any], **_: Any) -> None:
    """Have a body sent without asking first: aiohttp waits for ever for a server that does not answer to that."""
    params["headers"].pop("Expect", None)


def _etag(parts: list[dict[str, Any]]) -> str | None:
    """Return what servers call an object that was put together, None if they do not call parts by their digests."""
    try:
        digests = b"".join(bytes.fromhex(part["ETag"].strip('"')) for part in parts)
    except ValueError:
        return None
    return f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"'


def _md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()

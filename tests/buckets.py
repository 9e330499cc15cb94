"""Servers that speak S3, from the package index, and what lies in them as another client sees it.

moto checks no secret and knows conditions; rclone checks the secret, and keeps its objects as files.
"""

import hashlib
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Thread

KEY, SECRET = "ABCDEFGHIJ", "quite-a-secret"
PORT = re.compile(r"http://(127\.0\.0\.1:\d+)")
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_MAX_ATTEMPTS": "2",
}


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    url: str
    process: subprocess.Popen

    @property
    def environment(self) -> dict[str, str]:
        return {**ENVIRONMENT, "AWS_ENDPOINT_URL_S3": self.url}

    @cached_property
    def client(self):
        import boto3
        from botocore.config import Config

        config = Config(
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"max_attempts": 1},
        )
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=config,
        )


@dataclass(frozen=True)
class Bucket:
    """A bucket of its own for one test."""

    server: Server
    name: str

    @property
    def url(self) -> str:
        return f"s3://{self.name}/some/prefix"

    @property
    def environment(self) -> dict[str, str]:
        return self.server.environment

    def objects(self, private: bool = False) -> dict[str, bytes]:
        """Return everything below the prefix, by its path in the store."""
        listed = self.server.client.list_objects_v2(Bucket=self.name, Prefix="some/prefix/").get("Contents", [])
        paths = [found["Key"].removeprefix("some/prefix/") for found in listed]
        return {path: self.read(path) for path in paths if private or not path.startswith(".m2msync/")}

    def digests(self) -> dict[str, str]:
        return {path: hashlib.sha512(data).hexdigest() for path, data in self.objects().items()}

    def stamps(self) -> dict[str, str]:
        """Return when each object was written."""
        listed = self.server.client.list_objects_v2(Bucket=self.name)["Contents"]
        return {found["Key"]: f"{found['LastModified']} {found['ETag']}" for found in listed}

    def read(self, path: str) -> bytes:
        return self.server.client.get_object(Bucket=self.name, Key=f"some/prefix/{path}")["Body"].read()

    def about(self, path: str) -> dict[str, str]:
        told = self.server.client.head_object(Bucket=self.name, Key=f"some/prefix/{path}")["Metadata"]
        return {name.lower(): value for name, value in told.items()}

    def write(self, path: str, data: bytes) -> None:
        self.server.client.put_object(Bucket=self.name, Key=f"some/prefix/{path}", Body=data)

    def remove(self, path: str) -> None:
        self.server.client.delete_object(Bucket=self.name, Key=f"some/prefix/{path}")

    def uploads(self) -> list[str]:
        """Return the keys of the uploads that have been begun and not ended."""
        return [
            one["Key"] for one in self.server.client.list_multipart_uploads(Bucket=self.name).get("Uploads", [])
        ]


@contextmanager
def moto() -> Iterator[Server]:
    with _running(sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0") as server:
        yield server


@contextmanager
def rclone(folder: Path) -> Iterator[Server]:
    program = Path(sys.executable).with_name("rclone")
    with _running(
        str(program), "serve", "s3", "--addr", "127.0.0.1:0", "--auth-key", f"{KEY},{SECRET}", str(folder)
    ) as server:
        yield server


@contextmanager
def _running(*command: str) -> Iterator[Server]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        # They tell of every request, and wait when nobody reads it.
        reader = Thread(target=deque, args=(process.stdout, 0))
        try:
            told = next(found for line in process.stdout if (found := PORT.search(line)))
            reader.start()
            yield Server(told[0], process)
        finally:
            process.kill()
            if reader.ident:
                reader.join()

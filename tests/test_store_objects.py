"""A store in a bucket, piece by piece: what is seen, what is left, and what every trouble is called."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from buckets import ENVIRONMENT
from werkzeug import Response

from m2msync.core.errors import Misplaced, StorageError, StorageFull, StoreDown, StoreRefused, UsageError
from m2msync.store import Label, bucket, open_store
from m2msync.store.vault import Vault

DIGEST = "sha512:c0ffee"


def opened(server, url, tmp_path, monkeypatch):
    """Return a store that a server keeps."""
    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL_S3": server}.items():
        monkeypatch.setenv(name, value)
    return open_store(url, tmp_path / "scratch")


@pytest.fixture
def store(moto_bucket, tmp_path, monkeypatch):
    return opened(moto_bucket.server.url, moto_bucket.url, tmp_path, monkeypatch)


@pytest.fixture
def refusing(httpserver, tmp_path, monkeypatch):
    """Return a store whose server answers everything in one way."""

    def made(status, code, message="so it is"):
        told = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        httpserver.expect_request(re.compile(".*")).respond_with_response(
            Response(told, status, content_type="application/xml")
        )
        return opened(httpserver.url_for("").rstrip("/"), "s3://bucket/prefix", tmp_path, monkeypatch)

    return made


@contextmanager
def serving(handler):
    """Yield the address of a server while the block lasts."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def partial(store, content=b"12345", key="ds/x_B2.TIF"):
    path = store.scratch.partial_path(key)
    path.write_bytes(content)
    return path


def publish(store, path="ds/x/x_B2.TIF", content=b"12345", **more):
    store.publish(partial(store, content), path, label=Label("ds/x_B2.TIF", DIGEST), **more)


# What is seen.


def test_what_is_sent_is_read_back(store, moto_bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(bucket, "PIECE", 1000)
    content, again = bytes(range(250)) * 4, open_store(store.url, tmp_path / "another machine")
    for length in (0, 1, 999, 1000):
        publish(store, content=content[:length])
        assert moto_bucket.objects() == {"ds/x/x_B2.TIF": content[:length]}
        assert moto_bucket.about("ds/x/x_B2.TIF") == {"m2msync-key": "ds/x_B2.TIF", "m2msync-sha512": "c0ffee"}
        with again.open("ds/x/x_B2.TIF") as file:
            assert file.read() == content[:length]
            assert file.seek(-min(length, 5), 2) == max(0, length - 5)
            assert file.read() == content[max(0, length - 5) : length]
        with again.at_hand("ds/x/x_B2.TIF") as path:
            assert path.read_bytes() == content[:length]
        assert not path.exists()


def test_large_files_go_in_several_pieces_of_which_nothing_is_kept(store, moto_bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(bucket, "PIECE", 5 << 20)
    content = bytes((5 << 20) + 1)
    publish(store, content=content)
    assert moto_bucket.objects() == {"ds/x/x_B2.TIF": content}
    with store.open("ds/x/x_B2.TIF") as file:
        assert file.read() == content
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert moto_bucket.uploads() == []


@pytest.mark.parametrize("completed", [True, False])
def test_an_upload_that_is_gone_is_complete_if_its_object_is_there(store, moto_bucket, monkeypatch, completed):
    """As when the connection broke before the first answer came, and botocore asked again; or a rule had ended it."""
    monkeypatch.setattr(bucket, "PIECE", 5 << 20)
    real, content = store.bucket._call, bytes((5 << 20) + 1)
    moto_bucket.write("ds/x/x_B2.TIF", b"1" * len(content))  # no matter how long

    def call(method, **arguments):
        if method == "complete_multipart_upload":
            if completed:
                real(method, **arguments)
            raise StorageError("the server refuses: NoSuchUpload")
        return real(method, **arguments)

    monkeypatch.setattr(store.bucket, "_call", call)
    if completed:
        publish(store, content=content)
        assert moto_bucket.objects() == {"ds/x/x_B2.TIF": content}
    else:
        with pytest.raises(StorageError, match="NoSuchUpload"):
            publish(store, content=content)


def test_what_fails_its_check_is_not_seen(store, moto_bucket):
    def check(_):
        raise StorageError("no")

    with pytest.raises(StorageError, match="no"):
        publish(store, check=check)
    assert moto_bucket.objects(private=True) == {}


def test_a_file_that_changes_while_it_is_sent_is_not_seen(store, moto_bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(bucket, "PIECE", 5 << 20)
    (tmp_path / "x").write_bytes(bytes((5 << 20) + 1))

    def check(_):
        raise StorageError("changed")

    with pytest.raises(StorageError, match="changed"):
        store.take(tmp_path / "x", "ds/x", copy=False, check=check)
    assert (moto_bucket.objects(), moto_bucket.uploads()) == ({}, [])


def test_everything_is_listed_page_by_page_without_what_is_our_own(store, moto_bucket, monkeypatch):
    paths = {f"a/{number}": b"1" * number for number in range(5)}
    for path, content in {**paths, ".m2msync/quarantine/1-x": b"1", "a/folder/": b""}.items():
        moto_bucket.write(path, content)
    real = store.bucket.pages
    monkeypatch.setattr(store.bucket, "pages", lambda prefix, **how: real(prefix, **{**how, "most": 2}))
    assert {path: size for page in store.walk(None) for path, size, _ in page} == {
        path: len(content) for path, content in paths.items()
    }
    assert store.sizes(["a/3", "a/9", "b/1"]) == {"a/3": 3}
    assert (store.sizing()("a/4"), store.sizing()("b")) == (4, None)
    assert store.sizes(f"f{number}/x" for number in range(60)) == {}


def test_a_path_that_leads_out_is_refused(store):
    for path in ("../x", "/x", ".m2msync/catalog.db", "a\\b", "x" * 1100):
        with pytest.raises(Misplaced):
            store.check_place(path)
    assert (store.size("../x"), store.look(["../x"])["../x"].size) == (None, None)


def test_names_that_are_not_ascii_can_be_labels(store, moto_bucket):
    store.publish(partial(store), "ds/é", label=Label("ds/é", DIGEST))
    assert moto_bucket.about("ds/é")["m2msync-key"] == "ds/%C3%A9"


@pytest.mark.parametrize("server", ["moto_bucket", "rclone_bucket"])
def test_odd_letters_in_a_name_are_its_own(request, server, tmp_path, monkeypatch):
    bucket = request.getfixturevalue(server)
    store = opened(bucket.server.url, bucket.url, tmp_path, monkeypatch)
    path, copy = "ds/a b+c&d=e%20#é'(1)~!,;@$[x]{y}^`.TIF", "ds/+ %2F &.TIF"
    publish(store, path)
    store.link(path, copy)
    assert bucket.objects() == {path: b"12345", copy: b"12345"}
    assert {p: size for page in store.walk(None) for p, size, _ in page} == {path: 5, copy: 5}
    assert (store.sizes([path]), store.measure(copy)) == ({path: 5}, 5)
    with store.open(path) as file:
        assert file.read() == b"12345"
    store.put_aside(copy, "odd")
    store.discard(path, 5, tmp_path / "trash")
    assert bucket.objects() == {}
    assert (tmp_path / "trash" / path).read_bytes() == b"12345"


def test_what_is_not_there_is_no_file(store):
    for look in (store.open, store.measure, lambda path: store.at_hand(path).__enter__()):
        with pytest.raises(FileNotFoundError):
            look("ds/absent")
    with pytest.raises(StorageError, match="no longer in the store"):
        store.link("ds/absent", "ds/x")


def test_another_file_is_not_discarded(store, moto_bucket):
    publish(store)
    with pytest.raises(StorageError, match="has been changed meanwhile"):
        store.discard("ds/x/x_B2.TIF", 4)
    assert moto_bucket.objects()


def test_what_is_in_the_trash_is_never_overwritten(store, tmp_path):
    for content in (b"12345", b"54321"):
        publish(store, content=content)
        store.discard("ds/x/x_B2.TIF", 5, tmp_path / "trash")
    assert sorted(path.read_bytes() for path in (tmp_path / "trash").rglob("*.TIF")) == [b"12345", b"54321"]


# What is left.


def test_an_upload_that_could_not_be_ended_is_ended_before_the_next_run(store, moto_bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(bucket, "PIECE", 1000)
    real, refused = store.bucket._call, ["upload_part", "abort_multipart_upload"]

    def call(method, **arguments):
        if method in refused:
            raise StoreDown("gone")
        return real(method, **arguments)

    monkeypatch.setattr(store.bucket, "_call", call)
    with pytest.raises(StoreDown):
        publish(store, content=bytes(3000))
    assert (len(moto_bucket.uploads()), moto_bucket.objects()) == (1, {})
    refused.clear()
    store.prepare()
    assert moto_bucket.uploads() == []
    store.prepare()
    assert store.scratch.partial_path("ds/x_B2.TIF").exists()


def test_only_what_this_machine_has_begun_is_ended(store, moto_bucket, tmp_path):
    note = tmp_path / "scratch"
    publish(store)
    (room,) = note.iterdir()
    (room / "uploads").mkdir(exist_ok=True)
    (room / "uploads" / "1.json").write_text('{"key": "some/prefix/x", "upload": "absent"}')
    (room / "uploads" / "2.json").write_text('{"key": ')
    (room / "uploads" / "3.json").write_text('{"key": "some/prefix/y", "upload": ""}')
    moto_bucket.server.client.create_multipart_upload(Bucket=moto_bucket.name, Key="some/prefix/y")
    moto_bucket.server.client.create_multipart_upload(Bucket=moto_bucket.name, Key="some/prefix/y.other")
    store.prepare()
    assert list((room / "uploads").iterdir()) == []
    assert moto_bucket.uploads() == ["some/prefix/y.other"]


def test_the_mark_of_a_killed_run_is_gone_before_the_next_and_nobody_elses(store, moto_bucket, tmp_path):
    other = open_store(moto_bucket.url, tmp_path / "another machine")
    store.mark("killed")
    other.mark("elsewhere")
    store.prepare()
    store.mark("next")
    assert [other.is_marked(name) for name in ("killed", "next", "elsewhere")] == [False, True, True]
    store.unmark("next")
    other.unmark("elsewhere")
    assert moto_bucket.objects(private=True) == {}
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_where_uploads_may_not_be_listed_a_note_without_an_id_is_left_to_the_buckets_rule(
    store, moto_bucket, monkeypatch
):
    monkeypatch.setattr(bucket, "PIECE", 1000)
    real, kinds = store.bucket._call, {"create_multipart_upload": StoreDown, "list_multipart_uploads": StoreRefused}

    def call(method, **arguments):
        if method in kinds:
            raise kinds[method]("no")
        return real(method, **arguments)

    monkeypatch.setattr(store.bucket, "_call", call)
    with pytest.raises(StoreDown):
        publish(store, content=bytes(3000))
    store.prepare()
    kinds["list_multipart_uploads"] = StoreDown
    with pytest.raises(StoreDown):
        publish(store, content=bytes(3000))
    with pytest.raises(StoreDown):
        store.prepare()


def test_a_copy_that_vanishes_while_old_ones_are_looked_for_is_as_good(store, tmp_path):
    store.prepare()
    (copies,) = tmp_path.glob("scratch/*/copies")
    (copies / "listed but gone").symlink_to("nowhere")
    store.prepare()


# Troubles.


@pytest.mark.parametrize(
    ("status", "code", "message", "kind", "exit_code", "words"),
    [
        (403, "SignatureDoesNotMatch", "", StoreRefused, 5, "does not accept the secret key"),
        (403, "InvalidAccessKeyId", "", StoreRefused, 5, "does not know the access key"),
        (403, "AccessDenied", "", StoreRefused, 5, "does not permit this"),
        (403, "RequestTimeTooSkewed", "", StoreRefused, 5, "clock is wrong"),
        (400, "ExpiredToken", "", StoreRefused, 5, "has expired"),
        (404, "NoSuchBucket", "", StorageError, 1, "there is no bucket"),
        (405, "MethodNotAllowed", "read only", StorageError, 1, "refuses: MethodNotAllowed read only"),
        (507, "InsufficientStorage", "", StorageFull, 7, "is full"),
        (403, "QuotaExceeded", "", StorageFull, 7, "is full"),
        (500, "InternalError", "write x: no space left on device", StorageFull, 7, "is full"),
        (503, "SlowDown", "", StoreDown, 6, "in trouble (SlowDown)"),
        (502, "", "", StoreDown, 6, "in trouble"),
        (429, "TooManyRequests", "", StoreDown, 6, "in trouble (TooManyRequests)"),
        (429, "", "", StoreDown, 6, "in trouble (429)"),
        (408, "", "", StoreDown, 6, "in trouble (408)"),
        (400, "RequestLimitExceeded", "", StoreDown, 6, "in trouble (RequestLimitExceeded)"),
        (404, "", "", StorageError, 1, "what answers for s3://bucket/prefix is no S3 server (404)"),
    ],
)
def test_every_refusal_is_one_sentence(refusing, status, code, message, kind, *, exit_code, words):
    store = refusing(status, code, message)
    with pytest.raises(StorageError) as caught:
        publish(store)
    error = caught.value
    assert (type(error), error.exit_code) == (kind, exit_code)
    assert words in error.message
    assert "s3://bucket/prefix" in error.message
    assert ENVIRONMENT["AWS_SECRET_ACCESS_KEY"] not in str(error)
    assert store.scratch.partial_path("ds/x_B2.TIF").exists()


def test_a_server_that_is_another_one_is_told_whatever_it_is_asked(httpserver, tmp_path, monkeypatch):
    httpserver.expect_request(re.compile(".*")).respond_with_data("<html>Not found", 404, content_type="text/html")
    store = opened(httpserver.url_for("").rstrip("/"), "s3://bucket/prefix", tmp_path, monkeypatch)
    asking = (lambda: store.sizes(["a/x"]), lambda: list(store.walk(None)), store.insist, lambda: store.mark("x"))
    for ask in asking:
        with pytest.raises(StorageError, match="is no S3 server") as caught:
            ask()
        assert "AWS_ENDPOINT_URL_S3" in caught.value.hint


def test_an_answer_that_breaks_is_asked_for_again(tmp_path, monkeypatch):
    asked = []

    class Breaking(BaseHTTPRequestHandler):
        """Breaks off every other answer."""

        def do_GET(self):
            asked.append(self.headers["Range"])
            self.send_response(206)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"123" if len(asked) % 2 else b"12345")

        def log_message(self, *_):
            """Say nothing."""

    with serving(Breaking) as address:
        store = opened(address, "s3://bucket/prefix", tmp_path, monkeypatch)
        assert store.bucket.read("prefix/x", 0, 5) == b"12345"
    assert asked == ["bytes=0-4"] * 2


def test_a_server_in_trouble_is_asked_again_as_often_as_botocore_is_told(refusing, httpserver):
    store = refusing(503, "ServiceUnavailable")
    with pytest.raises(StoreDown):
        publish(store)
    assert len(httpserver.log) == int(ENVIRONMENT["AWS_MAX_ATTEMPTS"])


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("m2msync.store.opening.find_spec", lambda _: None)
    with pytest.raises(UsageError) as caught:
        open_store("s3://bucket/prefix")
    assert caught.value.hint == 'pip install "m2msync[s3]"'


def test_an_address_that_cannot_be_a_store_is_refused_before_anything_is_loaded():
    with pytest.raises(UsageError, match="a store cannot be at ftp://"):
        open_store("ftp://host/x")


def test_a_folder_has_no_vault(tmp_path):
    with pytest.raises(UsageError, match="the store is a folder"):
        Vault(open_store(str(tmp_path)))


# At a time.


def test_as_many_files_are_sent_at_a_time_as_threads_send_them(tmp_path, monkeypatch):
    together, asking = threading.Barrier(4, timeout=30), []

    class Patient(BaseHTTPRequestHandler):
        """Answers a PUT when four are under way."""

        protocol_version = "HTTP/1.1"

        def do_PUT(self):
            asking.append(self.headers["Expect"])
            self.rfile.read(int(self.headers["Content-Length"]))
            together.wait()
            self.answer(0)

        def do_HEAD(self):
            self.answer(5)

        def answer(self, length):
            self.send_response(200)
            self.send_header("Content-Length", str(length))
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    with serving(Patient) as address:
        store = opened(address, "s3://bucket/prefix", tmp_path, monkeypatch)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: store.publish(partial(store, key=f"ds/{n}"), f"ds/{n}"), range(4)))
    assert (
        asking == [None] * 4
    )  # rclone, for one, would keep silent when it cannot write, and we would wait for ever

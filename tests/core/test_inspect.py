"""Whether a file is what its name says: whole files pass, and nothing that has lost data does."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m2msync.core.inspect import flaw

NAMES = ("x_B2.TIF", "x.tiff", "x.tar", "x_MTL.txt", "x_ANG.txt", "x_MTL.xml", "x.jpg", "x.jpeg", "x_GCP.txt", "x")


def check(data, name, size=None):
    return flaw(io.BytesIO(data), len(data) if size is None else size, name)


def accepts_only_whole(data, name, needed=None):
    assert check(data, name) is None
    for length in range(len(data) if needed is None else needed):
        assert check(data[:length], name), f"accepted {length} of {len(data)} bytes"


# TIFF.

LETTERS = {1: "B", 2: "s", 3: "H", 4: "I", 12: "d", 13: "I", 16: "Q", 18: "Q", 99: "B"}


def _raw(order, kind, values):
    return values if kind == 2 else struct.pack(f"{order}{len(values)}{LETTERS[kind]}", *values)


def directory(order, big, entries, at, following):
    """Return an image directory for offset `at`, with the values that do not fit into it behind it."""
    count, entry, offset, room = ("Q", "HHQ", "Q", 8) if big else ("H", "HHI", "I", 4)
    head = struct.calcsize(f"<{count}") + len(entries) * (struct.calcsize(f"<{entry}") + room)
    start, body, outside = at + head + room, b"", b""
    for tag, (kind, values) in sorted(entries.items()):
        raw = _raw(order, kind, values)
        place = raw.ljust(room, b"\0") if len(raw) <= room else struct.pack(order + offset, start + len(outside))
        outside += raw if len(raw) > room else b""
        number = len(values)
        body += struct.pack(order + entry, tag, kind, number) + place
    return struct.pack(order + count, len(entries)) + body + struct.pack(order + offset, following) + outside


def tiff(order="<", *, big=False, tiled=True, pages=((30, 20), (9,)), front=True, extra=None):
    """Return a TIFF; a page is the lengths of its strips or tiles, 0 for one that is left out (sparse)."""
    header = 16 if big else 8
    tags = (324, 325) if tiled else (273, 279)
    entries = [_entries(page, tags, big=big, extra=extra) for page in pages]
    sizes = [len(directory(order, big, e, 0, 0)) for e in entries]
    data = sum(map(sum, pages))
    first = header if front else header + data
    position = header + sum(sizes) if front else header
    pixels = b""
    for page, e in zip(pages, entries, strict=True):
        starts = []
        for length in page:
            starts.append(position if length else 0)
            position += length
            pixels += bytes(length)
        e[tags[0]] = (e[tags[0]][0], starts)
    offsets = [first + sum(sizes[:n]) for n in range(len(sizes))]
    directories = b"".join(
        directory(order, big, e, at, following)
        for e, at, following in zip(entries, offsets, [*offsets[1:], 0], strict=True)
    )
    mark = {"<": b"II", ">": b"MM"}[order]
    start = struct.pack(order + "HHHQ", 43, 8, 0, first) if big else struct.pack(order + "HI", 42, first)
    return mark + start + (directories + pixels if front else pixels + directories)


def _entries(page, tags, *, big, extra):
    kind = 16 if big else 4
    return {
        256: (3, [64]),
        tags[0]: (kind, [0] * len(page)),
        tags[1]: (3 if sum(page) < 60 else 4, list(page)),
        33550: (12, [30.0, 30.0, 0.0]),
        34737: (2, b"WGS 84 / UTM zone 5S|\0"),
        42113: (2, b"0\0"),
    } | (extra or {})


TIFFS = {
    f"{'big-' * big}{'little' if order == '<' else 'big'}-endian-{'tiles' if tiled else 'strips'}"
    f"-{'front' if front else 'back'}": tiff(order, big=big, tiled=tiled, front=front)
    for order, big, tiled, front in product("<>", (False, True), (False, True), (False, True))
}


@pytest.mark.parametrize("kind", TIFFS)
def test_a_tiff_is_accepted_whole_and_refused_cut_anywhere(kind):
    accepts_only_whole(TIFFS[kind], "x_B2.TIF")


@pytest.mark.parametrize(
    "pages", [((30,),), ((0, 30, 0),), ((30, 0),), ((0, 0),), ((64, 64, 64), (32, 32), (16,), (8,), (4,))]
)
@pytest.mark.parametrize("front", [True, False])
def test_sparse_tiles_and_many_overviews_are_whole(pages, front):
    accepts_only_whole(tiff(pages=pages, front=front), "x.tif")


def test_a_tag_of_an_unknown_type_is_none_of_our_business():
    assert check(tiff(extra={65000: (99, [1] * 9)}), "x.tif") is None


def test_trailing_bytes_do_no_harm():
    assert check(tiff() + b"\0\0\0\0", "x.tif") is None


def test_a_short_tiff_tells_how_much_is_missing():
    data = tiff()
    assert (
        check(data[:-1], "x.tif")
        == f"the TIFF's data should reach byte {len(data)}, the file ends at {len(data) - 1}"
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"II*\0", "not a TIFF file"),
        (b"XX*\0\x08\0\0\0", "not a TIFF file"),
        (b"II\x2c\0\x08\0\0\0" + bytes(99), "not a TIFF file"),
        (b"MM*\0\x08\0\0\0" + bytes(99), "not a TIFF file"),
        (b"II+\0\x08\0\0\0", "the TIFF header is cut short"),
        (b"II*\0\0\0\0\0" + bytes(99), "the TIFF directory is broken or cut short"),
        (b"II*\0\x08\0\0\0" + bytes(99), "the TIFF directory is broken or cut short"),
        (b"II+\0\x08\0\0\0" + b"\xff" * 8, "the TIFF directory is broken or cut short"),
        (b"II*\0\x08\0\0\0\xff\xff" + bytes(99), "the TIFF directory is broken or cut short"),
        (tiff(extra={325: (4, [30])}), "the TIFF directory is broken or cut short"),
        (tiff(extra={325: (2, b"12")}), "the TIFF directory is broken or cut short"),
    ],
)
def test_what_is_no_tiff_is_told_apart(data, reason):
    assert check(data, "x.tif") == reason


def test_a_page_without_image_data_is_refused():
    data = b"II*\0\x08\0\0\0" + directory("<", False, {256: (3, [64])}, 8, 0)
    assert check(data, "x.tif") == "the TIFF directory names no image data"


def test_directories_in_a_circle_come_to_an_end():
    entries = {273: (4, [8]), 279: (4, [1])}
    circle = b"II*\0\x08\0\0\0" + directory("<", False, entries, 8, 8)
    assert check(circle, "x.tif") == "the TIFF directory is broken or cut short"


def test_a_chain_of_directories_is_followed_to_its_end():
    entries = {273: (4, [8]), 279: (4, [1])}
    step = len(directory("<", False, entries, 0, 0))
    chain = b"".join(directory("<", False, entries, 8 + n * step, 8 + (n + 1) * step) for n in range(100))
    last = directory("<", False, entries, 8 + 100 * step, 0)
    accepts_only_whole(b"II*\0\x08\0\0\0" + chain + last, "x.tif")


# tar.

LONG = "LC09_L2SP_011059_20230328_20230410_02_T1/" * 3 + "LC09_L2SP_011059_20230328_20230410_02_T1_SR_B2.TIF"
FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


def tar(kind, sizes=(0, 1, 511, 512, 513, 3000), names=(LONG, "ünï.txt"), **facts):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=FORMATS[kind]) as archive:
        for n, size in enumerate(sizes):
            member = tarfile.TarInfo(f"{n}-{names[n % len(names)]}")
            member.size = size
            for fact, value in facts.items():
                setattr(member, fact, value)
            archive.addfile(member, io.BytesIO(b"\xa5" * size))
        ends = archive.offset
    return stream.getvalue(), ends


@pytest.mark.parametrize("kind", FORMATS)
def test_a_tar_is_accepted_whole_and_refused_cut_before_its_end(kind):
    data, ends = tar(kind)
    assert check(data, "x.tar") is None
    assert check(data[: ends + 512], "x.tar") is None  # nothing is lost with the padding
    edges = {n + d for n in range(0, ends + 1, 512) for d in (-1, 0, 1)}
    for length in sorted({*edges, *range(0, ends, 41)} & set(range(ends + 1))):
        assert check(data[:length], "x.tar")


@pytest.mark.parametrize("facts", [{"mtime": 1.5}, {"uid": 1 << 30}, {"type": tarfile.DIRTYPE}, {"uname": "böb"}])
@pytest.mark.parametrize("kind", ["gnu", "pax"])
def test_members_of_every_sort_are_walked(kind, facts):
    assert check(tar(kind, sizes=(0, 0), **facts)[0], "x.tar") is None


def test_a_tar_with_nothing_in_it_is_refused():
    assert check(tar("gnu", sizes=())[0], "x.tar") == "the tar archive has no members"


def test_a_tar_says_where_it_is_broken():
    data, _ = tar("ustar", sizes=(10, 10), names=("a",))
    broken = data[:1024] + b"z" + data[1025:]
    assert check(broken, "x.tar") == "the tar archive is broken at byte 1024"
    assert check(data[:1536], "x.tar") == "the tar archive is cut short after 2 members"
    assert check(data[:1100], "x.tar") == "the tar archive is cut short after 1 members"
    assert check(b"z" + data[1:], "x.tar") == "not a tar archive"
    assert check(b"z" * 100, "x.tar") == "not a tar archive"


def header(length):
    block = bytearray(tar("ustar", sizes=(0,), names=("a",))[0][:512])
    block[124:136] = length
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def test_a_member_of_many_gigabytes_is_measured_in_binary():
    data = header(b"\x80" + (1 << 35).to_bytes(11, "big")) + bytes(1024)
    assert check(data, "x.tar") == "the tar archive is cut short after 1 members"
    assert (
        check(header(b"\x80" + (3).to_bytes(11, "big")) + b"abc".ljust(512, b"\0") + bytes(1024), "x.tar") is None
    )


def test_a_hole_in_a_tar_does_not_pass_for_its_end():
    """A power cut, or a program that fetches in segments, leaves zeros in place of what had not come."""
    data, ends = tar("gnu", sizes=(3 << 20, 100, 3 << 20), names=("a",))
    assert check(data[:ends].ljust(ends + (1 << 20), b"\0"), "x.tar") is None
    start = 512 + (3 << 20)
    hole = data[:start].ljust(len(data), b"\0")
    assert check(hole, "x.tar") == f"the tar archive ends at byte {start} of {len(data)}"


def packed(mode):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        archive.add(__file__, "x.py")
    return stream.getvalue()


def zipped():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(__file__, "x.py")
    return stream.getvalue()


@pytest.mark.parametrize("name", ["x.tar.gz", "x.TGZ", "x.tar"])
def test_a_packed_tar_is_known_by_its_first_bytes(name):
    """M2M calls every bundle a tar, whatever it is."""
    assert check(packed("w:gz"), name) is None
    assert check(b"x" + packed("w:gz"), name)


def test_a_bundle_that_is_a_zip_archive_is_checked_as_such():
    assert check(zipped(), "x.tar") is None
    assert check(zipped()[:-30], "x.tar") == "the zip archive is broken or cut short"


@pytest.mark.parametrize("length", [b"-0000002000\0", b"-0000000001\0", b"0000000009\0\0"])
def test_a_member_without_a_possible_length_is_broken(length):
    assert check(header(length) + bytes(2048), "x.tar") == "not a tar archive"


# Metadata text.

MTL = b"""GROUP = LANDSAT_METADATA_FILE
  GROUP = PRODUCT_CONTENTS
    ORIGIN = "Image courtesy of the U.S. Geological Survey"
    NOTE = "GROUP = nothing"
  END_GROUP = PRODUCT_CONTENTS
  GROUP = IMAGE_ATTRIBUTES
    CLOUD_COVER = 3.12
  END_GROUP = IMAGE_ATTRIBUTES
END_GROUP = LANDSAT_METADATA_FILE
"""
ANG = b"""GROUP = FILE_HEADER
  NUMBER_OF_BANDS = 11
END_GROUP = FILE_HEADER
GROUP = RPC_BAND01
  BAND01_MEAN_HEIGHT = 2000.000
END_GROUP = RPC_BAND01
END
"""


@pytest.mark.parametrize("end", [b"", b"END\n", b"END"])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_mtl_is_one_group_with_or_without_end_behind_it(end, newline):
    """Level 2 leaves END out."""
    text = (MTL + end).replace(b"\n", newline)
    accepts_only_whole(text, "x_MTL.txt", needed=len(MTL.replace(b"\n", newline).rstrip()))


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_ang_is_several_groups_so_only_end_tells_that_it_is_whole(newline):
    text = ANG.replace(b"\n", newline)
    accepts_only_whole(text, "x_ANG.txt", needed=len(text.rstrip()))


@pytest.mark.parametrize("filling", [b"\0" * 10, b"\0" * 60_000, b" " * 5000, b"\r\n \0\x1a"])
@pytest.mark.parametrize(("text", "name"), [(MTL, "x_MTL.txt"), (MTL + b"END\n", "x_MTL.txt"), (ANG, "x_ANG.txt")])
def test_texts_that_are_filled_up_to_whole_blocks_are_whole(text, name, filling):
    """As old MTL texts are; but a hole in place of their end is none of that."""
    assert check(text.rstrip() + filling, name) is None
    assert check(text.rstrip()[:-9] + filling, name)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"hello", "not Landsat metadata text: it has no GROUP"),
        (b"GROUP = A\n", "the metadata ends inside group A"),
        (b"GROUP = A\nGROUP = B\nEND_GROUP = A\n", "the metadata group A is closed but was not open"),
        (b"END_GROUP = A\n", "the metadata group A is closed but was not open"),
    ],
)
@pytest.mark.parametrize("name", ["x_MTL.txt", "x_ANG.txt", "X_mtl.TXT"])
def test_groups_have_to_be_closed(text, reason, name):
    assert check(text, name) == reason


def test_ang_without_end_says_so():
    assert check(ANG.removesuffix(b"END\n"), "x_ANG.txt") == "the metadata is cut short: END is missing"


# XML.

XML = b'<?xml version="1.0" encoding="UTF-8"?>\n<M>\n <A>1 &amp; 2</A><B/>\n <!-- M --><A a=">">x</A>\n</M>\n'


def test_xml_is_accepted_whole_and_refused_cut_anywhere():
    accepts_only_whole(XML, "x_MTL.xml", needed=len(XML.rstrip()))


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbf" + XML, XML.decode().replace("UTF-8", "UTF-16").encode("utf-16"), b"<M/>", b"\n<M></M>"]
)
def test_xml_in_other_dress_is_accepted(data):
    assert check(data, "x.xml") is None


@pytest.mark.parametrize("head", ["", '<?xml version="1.0"?>'])
def test_xml_in_latin_1_need_not_say_so(head):
    text = f"{head}<metadata><title>5\N{DEGREE SIGN} S</title></metadata>\n".encode("latin-1")
    accepts_only_whole(text, "x.xml", needed=len(text.rstrip()))


@pytest.mark.parametrize(
    "data",
    [b"text", b"<A></B>", XML + XML, b'<?xml version="1.0" encoding="martian"?><M/>', XML.replace(b"1 ", b"\xff")],
)
def test_what_is_no_xml_is_refused(data):
    assert check(data, "x.xml") == "not a whole XML document"


# JPEG.


def segment(marker, data):
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg(*segments, scan=b"\x12\xff\x00\x34" * 700):
    tables = (segment(0xDB, bytes(65)), segment(0xC0, bytes(9)), segment(0xC4, bytes(20)))
    return b"\xff\xd8" + b"".join((*segments, *tables)) + segment(0xDA, bytes(6)) + scan + b"\xff\xd9"


THUMBNAIL = segment(0xE1, b"Exif\0\0" + jpeg(scan=b"\x01" * 30))


@pytest.mark.parametrize(
    "data",
    [
        jpeg(segment(0xE0, b"JFIF\0")),
        jpeg(THUMBNAIL),
        jpeg(THUMBNAIL, scan=b"\x01"),
        jpeg(b"\xff\xff" + segment(0xFE, b"x")),
    ],
    ids=["plain", "thumbnail", "small", "fill bytes"],
)
@pytest.mark.parametrize("name", ["x_VER.jpg", "x.JPEG"])
def test_a_jpeg_is_accepted_whole_and_refused_cut_anywhere(data, name):
    accepts_only_whole(data, name)


def test_padding_behind_a_jpeg_does_no_harm():
    assert check(jpeg() + bytes(500), "x.jpg") is None


def test_more_pictures_and_whatever_cameras_put_behind_the_first_do_no_harm():
    assert check(jpeg() + jpeg() + b"\x01" * 3_000_000, "x.jpg") is None
    assert check(jpeg(scan=b"\x01" * ((1 << 20) - 200)) + bytes(1 << 20), "x.jpg") is None
    for at in range(1 << 20, (1 << 20) + 4):  # wherever its end lies in what is read at a time
        assert check(jpeg(scan=b"\x01" * at) + bytes(1 << 20), "x.jpg") is None


@pytest.mark.parametrize("data", [b"\xff\xd8\xff\xd9", b"GIF89a\xff\xd9", b"\xff\xd9" * 9, jpeg()[1:]])
def test_what_is_no_jpeg_is_refused(data):
    assert check(data, "x.jpg") == "not a whole JPEG picture"


# What servers send instead.


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_file_is_refused_whatever_it_is_called(name):
    assert check(b"", name) == "the file is empty"


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><html></html>",
        b"\xef\xbb\xbf\r\n <HTML>",
        b'<?xml version="1.0"?>\n<!-- x --><html xmlns="h"><body/></html>',
        b"<!doctype HTML PUBLIC>",
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_refused_whatever_it_is_called(name, page):
    assert check(page, name) == "an HTML page came instead of the file"


@pytest.mark.parametrize("message", [b'{"error": 1}', b" \n{\n", b"{ }", b"{}", b'[{"a": 1}]'])
@pytest.mark.parametrize("name", NAMES)
def test_a_json_message_is_refused_whatever_it_is_called(name, message):
    assert check(message, name) == "a JSON message came instead of the file"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"<html></html>", "x.html"),
        (b"<!doctype html>", "x.HTM"),
        (b'{"type": "Feature"}', "x_stac.json"),
        (b"{}", "x.geojson"),
        (b"# points\n1 2 3\n", "x_GCP.txt"),
        (b"{braces} in a report", "x_VER.txt"),
        (b"\0", "x"),
    ],
)
def test_files_of_other_kinds_are_taken_as_they_are(data, name):
    assert check(data, name) is None


# Anything at all.

WHOLE = [
    *TIFFS.values(),
    *(tar(kind, sizes=(5, 600))[0][:4096] for kind in FORMATS),
    MTL,
    ANG,
    XML,
    jpeg(THUMBNAIL),
]


@given(st.binary(max_size=600), st.sampled_from(NAMES))
def test_no_bytes_raise(data, name):
    verdict = check(data, name)
    assert verdict is None or verdict


@settings(max_examples=400)
@given(st.sampled_from(WHOLE), st.sampled_from(NAMES), st.data())
def test_no_damage_raises(whole, name, data):
    damaged = bytearray(whole)
    spots = st.tuples(st.integers(0, min(len(whole) - 1, 400)), st.binary(min_size=1, max_size=9))
    for at, patch in data.draw(st.lists(spots, max_size=4)):
        damaged[at : at + len(patch)] = patch
    verdict = check(bytes(damaged), name)
    assert verdict is None or verdict


@given(
    st.sampled_from("<>"),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.lists(st.lists(st.sampled_from([0, 1, 7, 70]), min_size=1, max_size=5), min_size=1, max_size=4),
    st.data(),
)
def test_any_tiff_is_accepted_whole_and_refused_cut(order, big, tiled, front, pages, data):
    whole = tiff(order, big=big, tiled=tiled, front=front, pages=pages)
    assert check(whole, "x.tif") is None
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert check(whole[:cut], "x.tif")


# A file cut anywhere before the end of its data is never taken for a whole one, and no file keeps us busy for long.


@given(
    st.sampled_from(sorted(FORMATS)),
    st.lists(st.integers(0, 1200), min_size=1, max_size=4),
    st.sampled_from([("a",), (LONG,), ("ünï.txt", LONG)]),
    st.data(),
)
def test_any_tar_is_accepted_whole_and_refused_cut(kind, sizes, names, data):
    whole, ends = tar(kind, sizes, names)
    assert check(whole, "x.tar") is None
    assert check(whole[: data.draw(st.integers(0, ends + 511))], "x.tar")


GROUPS = st.recursive(
    st.just(()),
    lambda inner: st.lists(st.tuples(st.from_regex(r"[A-Z_]{1,12}", fullmatch=True), inner), max_size=3),
)


def groups(tree, indent="  "):
    return "".join(
        f"{indent}GROUP = {name}\n{indent}  K = 1\n{groups(inner, indent + '  ')}{indent}END_GROUP = {name}\n"
        for name, inner in tree
    )


@given(st.from_regex(r"[A-Z_]{2,20}", fullmatch=True), GROUPS, st.sampled_from(["", "END", "END\n"]), st.data())
def test_any_metadata_is_accepted_whole_and_refused_cut(name, inner, end, data):
    text = f"GROUP = {name}\n{groups(inner)}END_GROUP = {name}\n".encode()
    assert check(text + end.encode(), "x_MTL.txt") is None
    assert check(text[: data.draw(st.integers(0, len(text) - 2))], "x_MTL.txt")


class Vast(io.RawIOBase):
    """A file of many gigabytes: some bytes in front, then one block again and again; it knows what was read of it."""

    def __init__(self, front, block=b"\0", size=1 << 36):
        self.front, self.block, self.size, self.at, self.read_in_all = front, block, size, 0, 0

    def seekable(self):
        return True

    def seek(self, offset, whence=0):
        self.at = offset + (self.size if whence == io.SEEK_END else 0)
        return self.at

    def read(self, amount=-1):
        amount = max(0, min(self.size - self.at, amount if amount >= 0 else self.size))
        self.read_in_all += amount
        assert self.read_in_all < 1 << 27, "it reads too much"
        start, self.at = self.at, self.at + amount
        body = self.front[start : start + amount]
        behind = start + len(body) - len(self.front)
        turns = -(-(amount - len(body)) // len(self.block)) + 1
        return body + (self.block * turns)[behind % len(self.block) :][: amount - len(body)]


def verdict(vast, name):
    return flaw(vast, vast.size, name)


def header_of(big, first):
    return struct.pack("<2sHHHQ", b"II", 43, 8, 0, first) if big else struct.pack("<2sHI", b"II", 42, first)


@pytest.mark.parametrize("big", [True, False])
@pytest.mark.parametrize("kind", [3, 4, 16])
@pytest.mark.parametrize("count", [1 << 21, 1 << 30, (1 << 32) - 1])
def test_a_directory_that_claims_countless_tiles_is_refused_unread(big, kind, count):
    def entry(tag):
        return struct.pack("<HHQQ" if big else "<HHII", tag, kind, count, 4096)

    entries = struct.pack("<Q" if big else "<H", 2) + entry(324) + entry(325) + bytes(8 if big else 4)
    vast = Vast(header_of(big, 16 if big else 8) + entries)
    assert verdict(vast, "x.TIF") == "the TIFF directory is broken or cut short"
    assert vast.read_in_all < 1 << 13


def test_directories_without_end_are_given_up():
    def step(at):  # each with one entry, and the next of them right behind
        return struct.pack("<HHHIII", 1, 273, 4, 1, 0, at + 18)

    chain = b"".join(step(8 + 18 * n) for n in range(70_000))
    assert verdict(Vast(header_of(False, 8) + chain), "x.TIF") == "the TIFF directory names no image data"
    paired = b"".join(
        struct.pack("<HHHIIHHIII", 2, 273, 4, 1, 8, 279, 4, 1, 1, 8 + 30 * (n + 1)) for n in range(70_000)
    )
    assert verdict(Vast(header_of(False, 8) + paired), "x.TIF") == "the TIFF directory is broken or cut short"


def test_directories_that_all_point_to_the_same_many_tiles_are_given_up():
    count = 1 << 19
    pages = b"".join(
        struct.pack("<HHHIIHHIII", 2, 273, 4, count, 1 << 20, 279, 4, count, 1 << 20, 8 + 30 * (n + 1))
        for n in range(1000)
    )
    assert verdict(Vast(header_of(False, 8) + pages), "x.TIF") == "the TIFF directory is broken or cut short"


@pytest.mark.parametrize(
    ("name", "front", "block", "reason"),
    [
        ("x.tar", b"", tar("ustar", sizes=(0,), names=("a",))[0][:512], "the tar archive has too many members"),
        ("x.tar", header(b"\x80" + b"\xff" * 11), b"\0", "the tar archive is cut short after 1 members"),
        ("x_MTL.txt", b"GROUP = A\n", b"A = 1\n", f"{1 << 36} bytes are too many for metadata text"),
        ("x_ANG.txt", b"GROUP = A\n", b"A = 1\n", f"{1 << 36} bytes are too many for metadata text"),
        ("x.jpg", b"\xff\xd8", b"\xff", "the JPEG picture has too long a header"),
        ("x.jpg", b"\xff\xd8", b"\xff\xe0\0\2", "the JPEG picture has too long a header"),
        ("x.TIF", b"II*\0\x08\0\0\0", b"\xff", "the TIFF directory names no image data"),
        ("x.TIF", b"II*\0\x08\0\0\0", b"\1\0\1\0\4\0", "the TIFF directory names no image data"),
        ("x", b"", b"\0", None),
    ],
)
def test_a_file_made_to_keep_us_busy_is_given_up_soon(name, front, block, reason):
    assert verdict(Vast(front, block), name) == reason


@given(
    st.sampled_from(["II", "MM"]),
    st.booleans(),
    st.lists(st.integers(0, (1 << 64) - 1) | st.integers(0, 300), min_size=1, max_size=40),
    st.sampled_from([1 << 10, 1 << 36]),
)
def test_no_directory_whatever_it_claims_raises_or_is_read_for_long(mark, big, numbers, size):
    order = "<" if mark == "II" else ">"
    head = mark.encode() + struct.pack(order + ("HHHQ" if big else "HI"), *((43, 8, 0, 16) if big else (42, 8)))
    tags = (0x0111, 0x0117, 0x0144, 0x0145)
    kinds = (1, 3, 4, 13, 16, 18, 2, 99)
    entries = b"".join(
        struct.pack(
            order + ("HHQQ" if big else "HHII"),
            tags[n % 4],
            kinds[number % 8],
            number >> 3 if big else number >> 3 & 0xFFFFFFFF,
            number if big else number & 0xFFFFFFFF,
        )
        for n, number in enumerate(numbers)
    )
    tail = struct.pack(order + ("Q" if big else "I"), numbers[-1] if big else numbers[-1] & 0xFFFFFFFF)
    front = head + struct.pack(order + ("Q" if big else "H"), len(numbers)) + entries + tail
    told = flaw(Vast(front, b"\1\0\0", max(size, len(front))), max(size, len(front)), "x.TIF")
    assert told is None or told

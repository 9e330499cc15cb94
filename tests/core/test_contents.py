"""Whether contents are those of a product: an announced digest decides, else all that can be read has to fit."""

from __future__ import annotations

import hashlib
import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_inspect import MTL, tiff

from m2msync.core.contents import DIFFERS, UNTOLD, objection
from m2msync.core.model import Asset

T1 = "LC08_L1TP_011059_20220101_20220105_02_T1"
RT = "LC08_L1TP_011059_20220101_20220101_02_RT"
WHOLE = tiff()


def asset(tail="_B4.TIF", image=T1, **announced):
    return Asset(f"l1/{image}{tail}", "l1", "r", "LC8", image, "B", f"{image}{tail}", ("x",), **announced)


def sha512(data):
    return f"sha512:{hashlib.sha512(data).hexdigest()}"


def judged(data, product, *, named=True):
    hashed = []

    def digest(algorithm):
        hashed.append(algorithm)
        return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"

    told = objection(io.BytesIO(data), len(data), product, named=named, digest=digest)
    return told, len(hashed)


# With a digest.


@given(st.binary(max_size=60), st.binary(max_size=60), st.booleans(), st.booleans())
def test_an_announced_digest_decides_alone(data, announced, exact, named):
    product = asset(size=len(announced), exact=exact, digest=sha512(announced))
    told, _ = judged(data, product, named=named)
    assert (told is None) == (data == announced)


@pytest.mark.parametrize("algorithm", ["sha512", "sha256", "md5"])
def test_whatever_algorithm_it_is_announced_in(algorithm):
    product = asset(digest=f"{algorithm}:{hashlib.new(algorithm, WHOLE).hexdigest()}")
    assert judged(WHOLE, product) == (None, 1)
    assert judged(WHOLE + b"!", product) == (DIFFERS, 1)


def test_what_is_wrong_with_the_container_is_told_rather_than_the_digest():
    product = asset(digest=sha512(WHOLE))
    assert judged(WHOLE[:-1], product)[0].startswith("the TIFF's data should reach")
    assert judged(b"<html></html>", product)[0] == "an HTML page came instead of the file"


def test_a_file_that_cannot_be_it_by_its_length_is_not_hashed():
    assert judged(WHOLE, asset(size=len(WHOLE) + 1, exact=True, digest=sha512(WHOLE))) == (DIFFERS, 0)
    assert judged(WHOLE, asset(size=len(WHOLE) + 1, exact=False, digest=sha512(WHOLE))) == (None, 1)
    assert judged(WHOLE, asset(size=None, exact=True, digest=sha512(WHOLE))) == (None, 1)


# Without one.


def test_without_a_digest_container_exact_length_and_name_have_to_fit():
    exact = asset(size=len(WHOLE), exact=True)
    assert judged(WHOLE, exact) == (None, 0)
    assert judged(WHOLE, exact._replace(exact=False, size=1)) == (None, 0)
    assert judged(WHOLE[:-1], exact._replace(exact=False))[0].startswith("the TIFF's data should reach")
    assert judged(WHOLE + b"\0", exact)[0] == f"{len(WHOLE) + 1:,} bytes, {len(WHOLE):,} are announced"
    assert judged(WHOLE, exact, named=False)[0] == UNTOLD


@pytest.mark.parametrize("tail", ["_MTL.txt", "_MTL.xml"])
def test_metadata_have_to_tell_of_the_product_by_whatever_name_they_go(tail):
    told = MTL if tail.endswith("txt") else b"<M>%s</M>"
    ours = told.replace(b"END_GROUP", b'  LANDSAT_PRODUCT_ID = "%s"\nEND_GROUP' % T1.encode(), 1)
    ours = ours.replace(b"%s", T1.encode())
    older = ours.replace(T1.encode(), RT.encode())
    for named in (True, False):
        assert judged(ours, asset(tail), named=named) == (None, 0)
        assert "it does not tell of" in judged(older, asset(tail), named=named)[0]


def test_metadata_of_other_datasets_are_told_by_their_names():
    assert judged(b"<M/>", asset("_mtl.xml", image="D3C1206-200346A015")) == (None, 0)
    assert judged(b"<M/>", asset("_mtl.xml", image="D3C1206-200346A015"), named=False)[0] == UNTOLD


def tar(*members, padding=0):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as bundle:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            member.type = {"/": tarfile.DIRTYPE, "@": tarfile.SYMTYPE}.get(name[-1], tarfile.REGTYPE)
            member.linkname = "absent" if name.endswith("@") else ""
            bundle.addfile(member, io.BytesIO(data))
    return stream.getvalue() + bytes(padding)


GOOD = [(f"{T1}_B4.TIF", WHOLE), (f"{T1}_MTL.txt", MTL), ("README", b"read me")]


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    ("members", "padding", "reason"),
    [
        (GOOD, 0, None),
        ([(f"{T1}/", b""), *((f"{T1}/{name}", data) for name, data in GOOD)], 0, None),
        ([*GOOD, ("link@", b"")], 0, None),
        (GOOD, 1 << 19, None),
        (GOOD, 1 << 21, "the tar archive ends at byte"),
        ([(f"{RT}_B4.TIF", WHOLE)], 0, f"it holds nothing of {T1}; perhaps an older processing"),
        ([*GOOD, (f"{T1}_B5.TIF", bytes(600))], 0, f"in it, {T1}_B5.TIF: not a TIFF file"),
        ([*GOOD, (f"{T1}_B5.TIF", WHOLE[:-1])], 0, f"in it, {T1}_B5.TIF: the TIFF's data should reach"),
        ([*GOOD, (f"{T1}_B5.TIF", b"")], 0, f"in it, {T1}_B5.TIF: the file is empty"),
    ],
)
def test_a_bundle_is_looked_into(members, padding, reason, named):
    told, hashed = judged(tar(*members, padding=padding), asset(".tar"), named=named)
    assert (told or "").startswith(reason or "")
    assert (told is None, hashed) == (reason is None, 0)


def test_a_bundle_cut_anywhere_before_its_end_is_refused():
    whole = tar(*GOOD)
    end = len(whole.rstrip(b"\0")) // 512 * 512 + 1024
    for length in range(0, end, 100):
        assert judged(whole[:length], asset(".tar"))[0] is not None


def test_a_bundle_of_another_dataset_is_told_by_its_name():
    product = asset(".tar", image="D3C1206-200346A015")
    assert judged(tar(("a.bin", b"x")), product) == (None, 0)
    assert judged(tar(("a.bin", b"x")), product, named=False)[0] == UNTOLD


@given(st.lists(st.integers(0, 400), max_size=8), st.binary(max_size=4))
def test_no_damage_to_a_bundle_raises(places, noise):
    data = bytearray(tar(*GOOD))
    for place in places:
        data[place : place + len(noise)] = noise
    judged(bytes(data), asset(".tar"))

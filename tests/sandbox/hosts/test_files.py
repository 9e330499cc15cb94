from __future__ import annotations

import hashlib
import tarfile
from io import BytesIO

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from m2msync.sandbox.behaviour import Behaviour
from m2msync.sandbox.hosts.delivery import of_file
from m2msync.sandbox.serve import running

from ..talk import GALAPAGOS, Talk

RECENT = {**GALAPAGOS, "acquisitionFilter": {"start": "2025-12-01"}}


def test_a_band_file_is_what_was_announced(talk):
    file, url = talk.band("_B4.TIF")
    answer = requests.get(url)
    assert answer.status_code == 200
    assert len(answer.content) == file["filesize"] == int(answer.headers["content-length"])
    assert hashlib.sha512(answer.content).hexdigest() == file["checksum"][0]["value"]
    assert answer.headers["content-disposition"] == f'attachment; filename="{file["displayId"]}"'
    assert answer.headers["content-type"] == "image/tiff"
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(("scenes", "system"), [(GALAPAGOS, "ls_zip"), (RECENT, "dds_ms")])
def test_a_bundle_is_a_tar_of_the_files_from_either_host(talk, scenes, system):
    row = next(row for row in talk.options(**scenes) if row["downloadSystem"] == system)
    (url,) = talk.links([(row["entityId"], row["id"])])
    assert ("/gen-bundle?landsat_product_id=" in url) == (system == "ls_zip")
    answer = requests.get(url)
    assert len(answer.content) == row["filesize"]
    assert f'{row["displayId"]}.tar"' in answer.headers["content-disposition"]
    with tarfile.open(fileobj=BytesIO(answer.content)) as tar:
        assert {member.name for member in tar} == {file["displayId"] for file in row["secondaryDownloads"]}


def test_browse_pictures_full_size_signed_and_small_ones_public(talk):
    scene = talk.scenes()[0]
    rows = [row for row in talk.options() if row["downloadSystem"] == "ls_frb"]
    urls = talk.links([(row["entityId"], row["id"]) for row in rows])
    kinds = [requests.get(url).headers["content-type"] for url in urls]
    assert kinds == ["image/tiff"] * 3 + ["image/jpeg"] * 3
    for browse in scene["browse"]:
        assert requests.get(browse["browsePath"]).content[:2] == b"\xff\xd8"
        assert requests.get(browse["thumbnailPath"]).status_code == 200
    level_2 = talk.scenes(1, "landsat_ot_c2_l2")[0]["browse"][0]
    assert "_L1TP_" in level_2["browsePath"]
    assert requests.get(level_2["browsePath"]).content[:2] == b"\xff\xd8"


def test_an_unsigned_url_leads_to_a_login_page_with_status_200(talk):
    _, url = talk.band()
    first = requests.get(url.partition("?")[0], allow_redirects=False)
    assert first.status_code == 302
    answer = requests.get(url.partition("?")[0])
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert b"<html" in answer.content


def test_forged_and_borrowed_signatures_are_forbidden(talk):
    _, one = talk.band("_B3.TIF")
    _, two = talk.band("_B4.TIF")
    path, _, query = one.partition("?")
    assert requests.get(f"{path}?{two.partition('?')[2]}").status_code == 403
    assert requests.get(f"{path}?requestSignature=bm90aGluZw==").status_code == 403
    assert requests.get(f"{path}?requestSignature=!").status_code == 403
    assert requests.get(f"{path}?{query}").status_code == 200


def test_a_signature_expires_and_a_new_request_renews_it(clock):
    with running(pixels=24, clock=clock, behaviour=Behaviour(signature_seconds=600)) as box:
        talk = Talk(box)
        file, url = talk.band()
        clock.now += 600
        assert requests.get(url).status_code == 200
        clock.now += 1
        assert requests.get(url).status_code == 403
        (fresh,) = talk.links([(file["entityId"], file["id"])])
        assert requests.get(fresh).status_code == 200


def test_a_replaced_product_is_gone():
    with running(pixels=24) as box:
        talk = Talk(box)
        file, url = talk.band()
        box.reprocess(talk.scenes()[0]["entityId"])
        assert requests.get(url).status_code == 404
        pair = {"entityId": file["entityId"], "productId": file["id"]}
        assert talk.data("download-request", downloads=[pair])["numInvalidScenes"] == 1


def test_head_is_refused_and_unknown_places_are_not_found(box, talk):
    _, url = talk.band()
    assert requests.head(url).status_code == 403
    landsatlook, dds = box.state.origins.landsatlook, box.state.origins.dds
    for path in ("/download/nothing", "/download-staging/e30=", "/elsewhere"):
        assert requests.get(dds + path).status_code == 404
    assert requests.get(f"{landsatlook}/gen-browse?size=rrb&product_id=x").status_code == 404


def test_a_part_is_served_and_continued(talk):
    _, url = talk.band()
    whole = requests.get(url)
    size, etag = len(whole.content), whole.headers["etag"]
    part = requests.get(url, headers={"Range": f"bytes={size // 2}-", "If-Range": etag})
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes {size // 2}-{size - 1}/{size}"
    assert part.headers["etag"] == etag
    assert whole.content[: size // 2] + part.content == whole.content
    assert requests.get(url, headers={"Range": "bytes=0-", "If-Range": '"other"'}).status_code == 200
    beyond = requests.get(url, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")


@given(st.binary(min_size=1, max_size=50), st.integers(0, 60), st.none() | st.integers(0, 60))
def test_ranges_are_parts_of_the_whole(data, first, last):
    asked = {"range": f"bytes={first}-{'' if last is None else last}"}
    answer = of_file("x.TIF", data, asked)
    if last is not None and last < first < len(data):
        assert answer.status == 200
        assert bytes(answer.body) == data
    elif first >= len(data):
        assert answer.status == 416
    else:
        assert answer.status == 206
        assert bytes(answer.body) == data[first : None if last is None else last + 1]
        assert answer.length == len(answer.body)


@given(st.binary(min_size=1, max_size=50), st.integers(1, 60))
def test_the_end_of_a_file_can_be_asked_for(data, count):
    assert bytes(of_file("x.TIF", data, {"range": f"bytes=-{count}"}).body) == data[-count:]


@pytest.mark.parametrize("odd", ["bytes=0-1,3-4", "bytes=-", "lines=1-2", "bytes=a-b", ""])
def test_other_ranges_are_ignored(odd):
    assert of_file("x.TIF", b"abc", {"range": odd}).status == 200


def test_files_and_bytes_are_counted(box, talk):
    file, url = talk.band("_B9.TIF")
    name = file["displayId"]
    times, size = box.counts.files[name], box.counts.bytes[name]
    requests.get(url)
    requests.get(url, headers={"Range": "bytes=0-9"})
    assert box.counts.files[name] == times + 2
    assert box.counts.bytes[name] == size + file["filesize"] + 10


def test_what_is_sent_whole_again_is_counted(box, talk):
    file, url = talk.band("_B6.TIF")
    name, again = file["displayId"], lambda: box.counts.refetched_in_full[file["displayId"]]
    requests.get(url, headers={"Range": "bytes=10-"})
    requests.get(url)
    assert (box.counts.whole[name], again()) == (1, 0)
    requests.get(url, headers={"Range": "bytes=0-"})
    assert again() == 1
    box.faults.add(file=name, kind="drop", keep=0.5)
    with pytest.raises(requests.RequestException):
        requests.get(url)
    box.faults.clear()
    assert again() == 1


def test_what_a_client_that_hung_up_did_not_get_is_not_counted(box, talk):
    file, url = talk.band("_B8.TIF")
    name = file["displayId"]
    box.faults.add(file=name, kind="trickle", rate=1000)
    with requests.get(url, stream=True) as answer:
        assert answer.raw.read(200)
    box.faults.clear()
    requests.get(talk.band()[1])  # once this one is answered the server has noticed
    assert 200 <= box.counts.bytes[name] < file["filesize"] / 2
    assert box.counts.whole[name] == 0


def test_files_may_be_named_in_the_other_way():
    with running(pixels=24, behaviour=Behaviour(filename_star=True)) as box:
        file, url = Talk(box).band()
        disposition = requests.get(url).headers["content-disposition"]
        assert disposition == f"attachment; filename*=UTF-8''{file['displayId']}"


def test_each_host_has_its_own_files(box, talk):
    _, url = talk.band()
    landsatlook, dds = box.state.origins.landsatlook, box.state.origins.dds
    api = box.url.partition("/api/")[0]
    assert len({landsatlook, dds, api}) == 3
    assert url.startswith(landsatlook)
    cached = next(row for row in talk.options(**RECENT) if row["downloadSystem"] == "dds_ms")
    assert talk.links([(cached["entityId"], cached["id"])])[0].startswith(dds)
    assert requests.get(url.replace(landsatlook, dds)).status_code == 404
    assert requests.get(url.replace(landsatlook, api)).status_code == 404


def test_a_fault_may_strike_one_host_only(box, talk):
    row = next(row for row in talk.options(**RECENT) if row["downloadSystem"] == "dds_ms")
    (bundle,) = talk.links([(row["entityId"], row["id"])])
    _, band = talk.band()
    box.faults.add(file="*", host="dds", kind="status", status=502)
    assert [requests.get(url).status_code for url in (bundle, band)] == [502, 200]
    box.faults.clear()

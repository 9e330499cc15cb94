"""Pages for tests, made of a few images."""

from datetime import date

from m2msync.core.holding import Known
from m2msync.core.model import Box, Image, Region
from m2msync.core.overview import PastRun, overview
from m2msync.report.page import Page, Portrait, Provenance

HOSTILE = "<script>window.hacked = 1</script>\"><img src=x onerror='window.hacked=1'>&amp;{{7*7}}\U0001f6f0\u200f\u202e\u05e9\u05dc\u05d5\u05dd\u2028"
DOT = bytes.fromhex(  # a WebP picture of one pixel
    "524946461a000000574542505650384c0d0000002f00000010071011118888fe0700"
)
L1, L2 = "landsat_ot_c2_l1", "landsat_ot_c2_l2"


def known(name, band="B2", state="held", *, region="coast", dataset=L1, wanted=True, **rest):
    """One product of one image."""
    key = f"{dataset}/{name}_{band}.TIF"
    facts = {"reason": "", "size": 1000, "paths": (f"{key}",) if state in ("held", "superseded") else ()}
    return Known(key, dataset, region, f"E{name}", name, band, state, wanted=wanted, claimed=True, **facts | rest)


def square(west, south, side=1.0):
    """A footprint as M2M tells it, closed."""
    east, north = west + side, south + side
    return ((west, south), (east, south), (east, north), (west, north), (west, south))


def image(name, footprint=(), *, acquired=date(2022, 3, 28), clouds=5.0, dataset=L1):
    return Image(dataset, f"E{name}", name, acquired, clouds, footprint=footprint)


def page(products, images, regions=(), *, name="coast", runs=(), portraits=(), **rest):
    """The page of products that are all on disk as they are recorded."""
    told = {(i.dataset, i.display_id): i for i in images}
    sizes = {path: product.size for product in products for path in product.paths}
    shown = overview(
        products, sizes.get, lambda dataset, names: {n: told[dataset, n] for n in names if (dataset, n) in told}
    )
    provenance = Provenance(
        name, "coast.yaml", "ab12", "ab12", "0000-lineage", 7, "sandbox", "2026-11-26T14:00:00Z", "0.1.0"
    )
    return Page(provenance, shown, tuple(regions), tuple(runs), tuple(portraits), **rest)


COAST = Region("coast", (Box(-81.5, -1.5, -74.5, 1.5),))
RUN = PastRun(3, "2026-11-22T12:00:00.000Z", "2026-11-22T12:01:03.000Z", "partial", 4, 1, 5000, 9)
STATES = {
    "held": {},
    "staging": {"reason": "preparing"},
    "wanted": {"reason": "never fetched"},
    "unavailable": {"reason": "the image has no band B2"},
    "failed": {"reason": "the host says no", "rerun_helps": False, "attempts": 2},
    "superseded": {"wanted": False, "reason": "replaced by another"},
    "tombstoned": {"reason": "too cloudy"},
}


def many():
    """Seven images side by side, each in a state and month of its own, of two regions and two datasets."""
    products, images = [], []
    for n, (state, rest) in enumerate(STATES.items()):
        region = "coast" if n < 4 else "delta"
        dataset = L2 if state == "superseded" else L1
        products.append(known(f"image-{n}", state=state, region=region, dataset=dataset, **rest))
        told = {"acquired": date(2022, 1 + n, 9), "clouds": 10.0 * n, "dataset": dataset}
        images.append(image(f"image-{n}", square(-81 + n, -0.5, 0.8), **told))
    portraits = [Portrait(L1, "image-0", ("B4", "B3", "B2"), DOT, 1, 1)]
    return page(products, images, [COAST], runs=[RUN], portraits=portraits)


def hostile():
    """A page on which everything that has a name is called by a hostile one."""
    name = HOSTILE
    products = [
        known(name, region=name, dataset=name),
        known(name, "B3", "failed", region=name, dataset=name, reason=name),
    ]
    products += [known("other", "B3", "failed", reason="the host says no", rerun_helps=False)]
    images = [image(name, square(10, 10), dataset=name)]
    regions = [Region(name, (Box(9, 9, 12, 12),)), Region(f"{name} of cells", cells=((11, 59),))]
    portraits = [Portrait(name, name, (name,), DOT, 1, 1)]
    return page(products, images, regions, name=name, runs=[RUN], portraits=portraits)

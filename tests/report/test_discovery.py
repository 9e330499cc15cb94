"""What the commands that look around say; the expected texts are what a person sees."""

from datetime import date
from textwrap import dedent

from m2msync.core.datasets import Dataset, Datasets
from m2msync.core.fields import Field
from m2msync.core.model import Image, Listing, Product, Route
from m2msync.core.offer import Offer
from m2msync.core.searchable import Searchable
from m2msync.core.survey import Sighting, Survey
from m2msync.core.validation import Doubt, Validation
from m2msync.report.discovery import (
    datasets_lines,
    filter_lines,
    filters_lines,
    offer_lines,
    survey_lines,
    validation_lines,
)
from m2msync.report.tables import FEW

OT = Dataset(
    "landsat_ot_c2_l1",
    "Landsat 8-9 OLI/TIRS C2 L1",
    "L1",
    date(2013, 3, 8),
    date(2024, 8, 21),
    3_683_317,
    cloud_cover=True,
    doi="10.5066/P975CC9B",
)
MAPS = Dataset("maps", "A collection of maps whose title is a good deal longer than a line")
CATEGORY = Field(
    "5e8", "Collection Category", "COLLECTION_CATEGORY", "Select", values=(("T1", "Tier 1"), ("T2", "Tier 2"))
)
QUALITY = Field("626", "Image Quality", "IMAGE_QUALITY", "Select", values=tuple((str(n), str(n)) for n in range(9)))
FIELDS = (
    Field("a", "Landsat Scene Identifier", "ENTITY_ID", "Text", like=True),
    Field("b", "WRS Path", "WRS_PATH", "Range"),
    Field("c", "Date Product Generated L1 (YYYY/MM/DD)", "DATE_L1_GENERATED", "Range", dated=True),
    CATEGORY,
    QUALITY,
)
NAME = "LC09_L1TP_011059_20230328_20230329_02_T1"


def told(lines):
    return "\n".join(lines) + "\n"


def test_datasets():
    assert told(datasets_lines(Datasets("", (OT, MAPS)))) == dedent("""\
        alias             title                                     from        to             images  cloud cover
        landsat_ot_c2_l1  Landsat 8-9 OLI/TIRS C2 L1                2013-03-08  2024-08-21  3,683,317  yes
        maps              A collection of maps whose title is a g…  -           -                   -  -
        2 datasets.
        """)
    assert MAPS.title in told(datasets_lines(Datasets("", (MAPS,)), full=True))


def test_a_single_dataset_is_told_with_how_to_cite_it():
    *_, last = datasets_lines(Datasets("ot", (OT,)))
    assert last == "To cite it: https://doi.org/10.5066/P975CC9B"
    assert "doi.org" not in told(datasets_lines(Datasets("", (OT, MAPS))))
    assert "doi.org" not in told(datasets_lines(Datasets("", (MAPS,))))


def test_no_dataset():
    assert told(datasets_lines(Datasets("x\x1b[2J", ()))) == "No dataset has 'x?[2J' in its alias or name.\n"
    assert told(datasets_lines(Datasets("land", (), (OT,)))) == dedent("""\
        No dataset has 'land' in its alias or name.
        Did you mean one of these?

        alias             title                       from        to             images  cloud cover
        landsat_ot_c2_l1  Landsat 8-9 OLI/TIRS C2 L1  2013-03-08  2024-08-21  3,683,317  yes
        """)


def test_filters():
    assert told(filters_lines(Searchable("d", FIELDS))) == dedent("""\
        filter                                  column               takes                 values
        Landsat Scene Identifier                ENTITY_ID            text, a part will do
        WRS Path                                WRS_PATH             range of numbers
        Date Product Generated L1 (YYYY/MM/DD)  DATE_L1_GENERATED    range of days
        Collection Category                     COLLECTION_CATEGORY  one of a list         T1 (Tier 1), T2 (Tier 2)
        Image Quality                           IMAGE_QUALITY        one of a list         0, 1, 2, 3, 4, 5 … (3 more)

        In a manifest they go, by label or column, below `filters: metadata:`, e.g.
          Collection Category: {any: [T1, T2]}
        """)
    assert "6, 7, 8\n" in told(filters_lines(Searchable("d", FIELDS), full=True))
    assert told(filters_lines(Searchable("d", ()))) == "d has no filters of its own.\n"


def test_one_filter():
    assert told(filter_lines(Searchable("d", (CATEGORY,)))) == dedent("""\
        Collection Category
          column   COLLECTION_CATEGORY
          id       5e8
          takes    one of a list
          values   T1   Tier 1
                   T2   Tier 2
        In a manifest, below `filters: metadata:`, e.g.
          Collection Category: {any: [T1, T2]}
        """)
    assert told(filter_lines(Searchable("d", FIELDS[2:3]))).endswith(
        '  "Date Product Generated L1 (YYYY/MM/DD)": {between: [2023-01-01, 2023-12-31]}\n'
    )


def test_products():
    band = Product(
        f"{NAME}_B2.TIF", "B2", 1_234, exact=True, digest="sha512:ab", routes=(Route("e", "p", "ls_s3", True),)
    )
    routes = (Route("e", "p", "dds_ms", False), Route("e", "q", "ls_zip", True))
    bundle = Product(f"{NAME}.tar", "TAR", 1_200_673_331, routes=routes)
    text = Product(f"{NAME}_MTL.txt", "MTL")
    offer = Offer(Image("d", "e", NAME, date(2023, 3, 28)), Listing("d", "e", NAME, (bundle, band, text)))
    assert told(offer_lines(offer)) == dedent(f"""\
        d, as of the image {NAME}, taken 2023-03-28:

        product  file              bytes  digest  delivered by
        bundle   .tar     ~1,200,673,331  -       dds_ms (not now), ls_zip
        B2       B2.TIF            1,234  sha512  ls_s3
        MTL      MTL.txt               ?  -

        ~ is what M2M announces, not the exact length.
        In a manifest: bands: [B2, MTL]
        In a manifest: products: [bundle]
        """)


def sighting(number, region="coast", chosen=False):
    return Sighting(Image("d", f"E{number}", f"I{number}", date(2023, 1, 1), 7.5, tier="T1"), region, chosen)


def test_a_survey():
    several = (sighting(1, chosen=True), sighting(2), Sighting(Image("d", "E3", "I3"), "north", chosen=False))
    assert told(survey_lines(Survey("coast", several), paint=lambda text, _colour: f"<{text}>")) == dedent("""\
        image  cloud  date        tier  region  chosen
        <I1     7.5 %  2023-01-01  T1    coast   yes>
        I2     7.5 %  2023-01-01  T1    coast
        I3         ?  -           -     north

        3 images in 2 regions, 1 chosen.
        """)
    many = Survey("coast", tuple(sighting(n) for n in range(FEW + 5)))
    assert "and 5 more (-v lists them all)" in told(survey_lines(many))
    assert len(list(survey_lines(many, full=True))) == FEW + 5 + 3
    assert told(survey_lines(Survey("coast", ()))) == "0 images in 0 regions, 0 chosen.\n"


def test_a_validation():
    assert told(validation_lines("c.yaml", None)) == "c.yaml: the file is in order.\n"
    doubt = Doubt("naip has no image in everest at all", "look at the region's coordinates")
    validation = Validation(images=25, files=100, bytes=7_000_000_000, kept=4, warnings=(doubt,))
    assert told(validation_lines("c.yaml", validation)) == dedent("""\
        c.yaml: the file, its datasets and your account are in order.
        25 images; apply would get 100 files, 7.0 GB; 4 files held already.
        warning: naip has no image in everest at all; look at the region's coordinates
        """)

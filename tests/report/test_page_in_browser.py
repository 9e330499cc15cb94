"""The report in a browser: what is drawn, what the filters do, what the keyboard reaches, light, dark and printed.

Every test also proves that the page asks for nothing but itself and that the console stays empty (conftest.py).
"""

import re
from datetime import date
from itertools import pairwise

import pytest

from m2msync.core.model import Box, Region
from m2msync.report.page import rendered

from .conftest import showing
from .pages import HOSTILE, L1, L2, STATES, hostile, image, known, many, page, square

MIDDLES = [(-0.1, -80.6 + n) for n in range(len(STATES))]
HOLLOW = {"superseded", "tombstoned"}
FILLED = [middle for middle, state in zip(MIDDLES, STATES, strict=True) if state not in HOLLOW]


@pytest.fixture(scope="module")
def states():
    return rendered(many())


@pytest.fixture
def shown(show, states):
    return show(states)


@pytest.fixture(scope="module")
def calm(browser, states, tmp_path_factory):
    """The same, opened once for all who only look."""
    with showing(browser, tmp_path_factory.mktemp("calm")) as opened:
        yield opened(states)


def rows(shown):
    shown.settle()
    return shown.tab.locator("table.images tbody tr th").all_inner_texts()


def test_the_map_shows_every_footprint(calm):
    edges = [(-0.5, -80.6 + n) for n in range(len(STATES))]  # of the southern sides
    assert [calm.painted(*middle) for middle in FILLED] == [True] * len(FILLED)
    for lat, lon in edges:
        step = 0.02
        assert any(calm.painted(lat + dy * step, lon + dx * step) for dy in range(-3, 4) for dx in range(-5, 6))
    assert not calm.painted(0.9, -80.6)
    assert not calm.painted(-0.1, -80.1)  # between two of them
    assert calm.count() == (7, 7)


def test_states_differ_by_more_than_colour(calm):
    drawn = calm.tab.evaluate("() => Object.values(STYLES).map((style) => JSON.stringify(style))")
    assert len(drawn) == len(set(drawn)) == 9
    # Painted in one colour, they are still not alike.
    pixels = """(c) => {
        const copy = new OffscreenCanvas(18, 18).getContext('2d', { willReadFrequently: true });
        copy.drawImage(c, 0, 0);
        return [...copy.getImageData(0, 0, 18, 18).data].filter((v, i) => i % 4 === 3).join();
    }"""
    swatches = [calm.tab.evaluate(pixels, handle) for handle in calm.tab.query_selector_all("#states canvas")]
    assert len(set(swatches)) == len(swatches) == 7


def test_each_filter_filters_everything(shown):
    tab = shown.tab
    tab.uncheck("input[value=failed]")
    assert shown.count() == (6, 6)
    assert not shown.painted(*MIDDLES[4])
    assert "image-4" not in rows(shown)
    assert tab.locator("#timeline rect.s-failed").count() == 0
    tab.click("button[type=reset]")
    assert shown.count() == (7, 7)
    tab.select_option("#region", "delta")
    assert rows(shown) == ["image-6", "image-5", "image-4"]
    assert tab.locator("ul.pictures li:visible").count() == 0
    tab.select_option("#dataset", L2)
    assert rows(shown) == ["image-5"]
    tab.click("button[type=reset]")
    tab.fill("#from", "2022-02-01")
    tab.fill("#to", "2022-03-31")
    assert rows(shown) == ["image-2", "image-1"]
    tab.click("button[type=reset]")
    tab.fill("#words", "AGE-3")
    assert rows(shown) == ["image-3"]
    tab.click("button[type=reset]")
    tab.fill("#cloud", "20")
    assert rows(shown) == ["image-2", "image-1", "image-0"]
    tab.select_option("#dataset", L1)
    assert shown.count() == (3, 3)
    tab.uncheck("input[value=held]")
    tab.uncheck("input[value=ordered]")
    tab.uncheck("input[value=missing]")
    assert rows(shown) == []
    assert "0 of 7" in tab.inner_text("#count")


def test_a_bar_of_the_timeline_is_a_shortcut_to_its_dates(shown):
    shown.tab.click("#timeline rect >> nth=1")
    assert shown.tab.input_value("#from") == "2022-02-01"
    assert shown.tab.input_value("#to") == "2022-02-28"
    assert rows(shown) == ["image-1"]
    shown.tab.click("#timeline rect >> nth=0")
    assert shown.count() == (7, 7)


def test_charts_say_in_words_what_they_show(calm):
    label = calm.tab.get_attribute("#timeline svg", "aria-label")
    assert label == "Images by the time of their acquisition: 7 images; most, 1, in 2022-01."
    assert "Images by cloud cover in percent: 7 images" in calm.tab.get_attribute("#clouds svg", "aria-label")
    calm.tab.click("#clouds summary")
    cells = calm.tab.locator("#clouds tbody th").all_inner_texts()
    assert cells[:2] == ["0 to 10 %", "10 to 20 %"]
    assert calm.tab.get_attribute("#map", "aria-label")


def test_a_click_on_the_map_tells_what_lies_there(calm):
    at = calm.tab.evaluate(
        "() => { const p = window.m2msync.map.latLngToContainerPoint([-0.1, -80.6]); return [p.x, p.y] }"
    )
    calm.tab.click("#map", position={"x": at[0], "y": at[1]})
    popup = calm.tab.locator(".leaflet-popup")
    assert "image-0" in popup.inner_text()
    assert "1 of 1 files" in popup.inner_text()
    assert popup.locator("img").evaluate("i => i.complete && i.naturalWidth") == 1


def test_everything_is_reached_and_used_by_the_keyboard(shown):
    tab, reached = shown.tab, []
    named = "() => { const e = document.activeElement; return e.id || e.value || e.getAttribute('aria-label') || e.innerText }"
    for _ in range(80):
        tab.keyboard.press("Tab")
        reached.append(tab.evaluate(named))
        if len(reached) > 1 and reached[-1] == reached[0]:
            break
    assert reached[0].startswith("Skip the map")
    wanted = ["held", "failed", "dataset", "region", "from", "to", "cloud", "words", "Show all", "map"]
    wanted += ["Zoom in", "The numbers", "Acquired", "image-0", "Runs, the latest first"]
    assert [w for w in wanted if w not in reached] == []
    tab.focus("#map")
    before = tab.evaluate("() => window.m2msync.map.getCenter().lng")
    tab.keyboard.press("ArrowRight")
    shown.settle()
    assert tab.evaluate("() => window.m2msync.map.getCenter().lng") > before
    tab.focus("text=image-0 >> visible=true")
    tab.focus("table.images button.link:has-text('image-0')")
    tab.keyboard.press("Enter")
    assert "image-0" in tab.locator(".leaflet-popup").inner_text()
    tab.keyboard.press("Escape")
    assert tab.locator(".leaflet-popup").count() == 0
    tab.focus("table.images thead button >> nth=4")
    tab.keyboard.press("Enter")
    assert rows(shown)[0] == "image-0"
    assert tab.get_attribute("table.images thead th >> nth=4", "aria-sort") == "ascending"


def test_headings_in_order_and_a_label_for_every_control(calm):
    levels = [int(tag[1]) for tag in calm.tab.eval_on_selector_all("h1,h2,h3,h4", "e => e.map(x => x.tagName)")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    bare = "e => e.filter(x => !x.labels || !x.labels.length).map(x => x.outerHTML)"
    assert calm.tab.eval_on_selector_all("input, select", bare) == []
    assert calm.tab.eval_on_selector_all("img", "e => e.filter(x => !x.alt).length") == 0
    assert calm.tab.eval_on_selector_all("table", "e => e.filter(x => !x.caption).length") == 0
    assert calm.tab.get_attribute("#count", "aria-live") == "polite"


LUMINANCE = """(pairs) => {
    const style = getComputedStyle(document.documentElement);
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const light = (name) => {
        canvas.fillStyle = style.getPropertyValue('--' + name).trim();
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((v) => {
            v /= 255;
            return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    return pairs.map(([a, b]) => {
        const [x, y] = [light(a), light(b)];
        return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
    });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_are_both_readable(scheme, show, states):
    shown = show(states, color_scheme=scheme)
    paper = shown.tab.evaluate("() => getComputedStyle(document.body).backgroundColor")
    brightness = sum(map(int, re.findall(r"\d+", paper)))
    assert brightness > 700 if scheme == "light" else brightness < 100
    texts = [(text, ground) for text in ("ink", "soft", "accent") for ground in ("card", "paper")]
    assert min(shown.tab.evaluate(LUMINANCE, texts)) >= 4.5
    lines = [(state, "card") for state in ("held", "failed", "damaged", "superseded", "orphan")]
    assert min(shown.tab.evaluate(LUMINANCE, lines)) >= 3
    assert all(shown.painted(*middle) for middle in FILLED)
    shown.keep(scheme)


def test_when_the_light_goes_out_the_footprints_are_drawn_anew(shown):
    colour = "() => document.querySelector('#states canvas').toDataURL()"
    before = shown.tab.evaluate(colour)
    shown.tab.emulate_media(color_scheme="dark")
    shown.settle()
    assert shown.tab.evaluate(colour) != before


def test_a_narrow_screen_needs_no_scrolling_sideways(show, states):
    shown = show(states, width=400)
    assert shown.tab.evaluate("() => document.documentElement.scrollWidth") == 400
    shown.keep("narrow")


def test_printed_it_has_no_controls(shown):
    shown.tab.emulate_media(media="print")
    assert not shown.tab.is_visible("#filters")
    assert shown.tab.is_visible("#map")
    assert shown.tab.is_visible("table.images")
    shown.keep("print")


def test_without_scripts_the_numbers_are_still_there(show, states):
    shown = show(states, java_script_enabled=False)
    text = shown.tab.inner_text("body")
    assert "1 of 5 wanted files held" in text
    assert "need JavaScript" in text
    assert "the host says no" in text


def test_across_the_antimeridian_the_map_is_whole(show):
    fiji = Region("fiji", (Box(178, -19, 180, -16), Box(-180, -19, -178, -16)))
    places = {"a": (177.5, 179.5), "b": (179, -179), "c": (-179.8, -177.8)}
    images = [
        image(name, ((w, -18.5), (e, -18.5), (e, -16.5), (w, -16.5), (w, -18.5)), acquired=date(2022, 1, 1))
        for name, (w, e) in places.items()
    ]
    shown = show(page([known(name) for name in places], images, [fiji]))
    assert shown.tab.evaluate("() => window.m2msync.map.getBounds().toBBoxString()").startswith("1")
    wide = shown.tab.evaluate(
        "() => window.m2msync.map.getBounds().getEast() - window.m2msync.map.getBounds().getWest()"
    )
    assert wide < 15
    assert [shown.painted(-17.5, lon) for lon in (177.2, 178, 179.2, 180, 180.5, 181.5, 182.5)] == [
        False, True, True, True, True, True, False,
    ]  # fmt: skip
    shown.keep("antimeridian")


def test_what_crosses_the_edge_of_a_map_of_the_world_is_on_both_sides(show):
    squares = [square(lon, 0, 8) for lon in range(-170, 170, 30)]
    images = [image(f"i{n}", ring) for n, ring in enumerate([*squares, ((176, 0), (-176, 0), (-176, 8), (176, 8))])]
    shown = show(page([known(i.display_id) for i in images], images))
    assert all(shown.painted(4, lon) for lon in (178, 182, -178, -166))
    assert not shown.painted(4, -174)


def test_hostile_names_are_shown_as_text(show):
    shown = show(hostile())
    tab = shown.tab
    assert tab.text_content("h1") == HOSTILE
    assert HOSTILE in tab.title()
    texts = "e => e.map(x => x.textContent)"
    assert HOSTILE in tab.eval_on_selector_all("#region option", texts)
    assert HOSTILE in tab.eval_on_selector_all("#dataset option", texts)
    assert HOSTILE in tab.eval_on_selector_all("table.images tbody bdi", texts)
    assert HOSTILE in tab.eval_on_selector_all("table.complete bdi", texts)
    assert HOSTILE in tab.eval_on_selector_all(".leaflet-tooltip bdi", texts)
    assert HOSTILE in tab.eval_on_selector_all("figcaption bdi", texts)
    assert f"{HOSTILE}/{HOSTILE}_B3.TIF" in tab.eval_on_selector_all(".keys bdi", texts)
    tab.locator("table.images button.link").first.click()
    assert tab.text_content(".leaflet-popup .title") == HOSTILE
    tab.select_option("#region", HOSTILE)
    assert shown.count()[0] == 1
    assert tab.evaluate("() => window.hacked") is None
    assert tab.locator("script").count() == 7
    assert tab.evaluate("() => [...document.images].every((i) => i.src.startsWith('data:'))")
    shown.keep("hostile")


def test_nothing_can_be_smuggled_past_the_policy(browser, tmp_path, states):
    """The policy itself: a script and a picture put into the page later are refused by the browser."""
    tab = browser.new_page()
    asked, complaints = [], []
    (tmp_path / "report.html").write_bytes(states)
    tab.on("requestfinished", lambda r: asked.append(r.url))
    tab.on("console", lambda m: complaints.append(m.text))
    tab.goto((tmp_path / "report.html").as_uri())
    tab.evaluate("""() => {
        const script = document.createElement('script');
        script.textContent = 'window.hacked = 1';
        document.body.append(script);
        const picture = new Image();
        picture.src = 'file:///etc/hostname';
        document.body.append(picture);
    }""")
    assert tab.evaluate("() => window.hacked") is None
    assert len(complaints) == 2
    assert all("Content Security Policy" in text for text in complaints)
    assert len([url for url in asked if not url.startswith("data:")]) == 1
    tab.close()


def test_ten_thousand_images_are_all_there(show):
    count = 10_000
    products, images = [], []
    for n in range(count):
        name = f"image-{n:05}"
        products.append(known(name, state="held" if n % 7 else "failed"))
        images.append(
            image(
                name, square(-150 + n % 300, -60 + n // 300 % 120, 0.6), acquired=date(2013 + n % 11, 1 + n % 12, 3)
            )
        )
    shown = show(page(products, images))
    assert shown.count() == (count, count)
    shown.tab.uncheck("input[value=held]")
    assert shown.count() == (1429, 1429)
    assert len(rows(shown)) == 25

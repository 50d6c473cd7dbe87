"""The page in a real browser: for whom it must work, and what must not happen in it.

Every test also fails on an error in the page or a request to anywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sisbench import report
from sisbench.evaluation import Value
from tests.browser import NewPage
from tests.records import make_record, sample_keys, write_run

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
ROWS = ".board:not([hidden]) tbody tr:not([hidden]) th a"
HOSTILE = (
    "</script><script>document.title='ran'</script>",
    "<img src=x onerror=\"document.title='ran'\">",
    "'\"><svg onload=document.title='ran'>",
    "../../etc/passwd",
    "\u202egnp.exe \U0001f600 名前",
    "x" * 300,
)


def names(page: Page) -> list[str]:
    return page.locator(ROWS).all_inner_texts()


def open_viewer(page: Page) -> None:
    page.locator("#gallery tbody th button").first.click()
    page.get_by_role("dialog").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_never_scrolls_sideways(new_page: NewPage, page_file: Path, scheme: str) -> None:
    page = new_page(**PHONE, color_scheme=scheme)
    page.goto(page_file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    board = page.locator(".board:visible .scroll")
    assert board.evaluate("region => region.scrollWidth > region.clientWidth")
    page.locator("#gallery tbody th button").first.tap()
    assert page.locator("#viewer").evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    slider = page.locator(".compare").bounding_box()
    assert slider is not None
    assert slider["x"] >= 0
    assert slider["x"] + slider["width"] <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(new_page: NewPage, page_file: Path, scheme: str) -> None:
    page = new_page(color_scheme=scheme)
    page.goto(page_file.as_uri())
    ratios = page.evaluate("""() => {
      const light = (text) => {
        const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255)
          .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const behind = (element) => {
        const colour = getComputedStyle(element).backgroundColor;
        return colour === "rgba(0, 0, 0, 0)" ? behind(element.parentElement) : colour;
      };
      return [...document.querySelectorAll("p, a, th, td, small, button, label, h1, h2, h3, h4, summary, dd")]
        .filter((element) => element.offsetParent && element.textContent.trim())
        .map((element) => {
          const [a, b] = [light(getComputedStyle(element).color), light(behind(element))].sort((x, y) => y - x);
          return [(a + 0.05) / (b + 0.05), element.outerHTML.slice(0, 80)];
        });
    }""")
    assert len(ratios) > 50
    assert [found for found in ratios if found[0] < 4.5] == []


def test_everything_that_can_be_operated_has_a_name(opened: Page) -> None:
    open_viewer(opened)
    nameless = opened.evaluate("""() => [...document.querySelectorAll("button, a, select, input, [role=region]")]
      .filter((e) => !(e.textContent.trim() || e.getAttribute("aria-label") || e.getAttribute("aria-labelledby")
        || e.title || e.labels?.length || e.querySelector("img[alt]")))
      .map((e) => e.outerHTML.slice(0, 90))""")
    assert nameless == []
    assert opened.evaluate("[...document.images].every((image) => image.alt)")
    assert opened.evaluate("[...document.querySelectorAll('main, header, nav, footer')].length >= 4")
    assert opened.locator("h1").count() == 1


def test_names_never_become_markup(tmp_path: Path, browser_page: Page) -> None:
    for number, name in enumerate(HOSTILE):
        keys = [f"{one.replace('/', '_')[:100]} {place}" for place, one in enumerate(HOSTILE)]
        keys = [key.lstrip(".") for key in keys]  # hidden files are litter
        classes = {"iou": {name: Value(0.5, 0.1, len(keys))}}
        record = make_record(name, dataset=name, recipe=name, keys=keys, per_class=classes)
        write_run(tmp_path / "runs" / str(number), record, stages=(f"stage {name.replace('/', '_')[:100]}",))
    report.write(tmp_path / "page.html", report.build([tmp_path / "runs"], title=HOSTILE[0]))
    browser_page.goto((tmp_path / "page.html").as_uri())
    assert sorted(names(browser_page)) == sorted(HOSTILE)
    for name in HOSTILE:
        browser_page.locator("#filter-method").select_option(name)
        assert browser_page.locator("#gallery tbody tr").count() == len(HOSTILE)
        browser_page.locator("#gallery").scroll_into_view_if_needed()
        browser_page.locator("#gallery tbody th button").first.click()
        browser_page.locator("#viewer img").first.wait_for()
        browser_page.keyboard.press("Escape")
        browser_page.locator(".board tbody tr:not([hidden]) .plain").first.click()
        browser_page.keyboard.press("Escape")
    assert browser_page.title() == HOSTILE[0]
    assert browser_page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_a_damaged_image_leaves_a_box_that_says_so(runs: Path, tmp_path: Path, browser_page: Page) -> None:
    first, second, *_ = sample_keys("tinytown", 4)
    (runs / "oasis" / "images" / f"{first}.png").write_bytes(b"no image")
    (runs / "oasis" / "images" / f"{second}.png").unlink()
    report.write(tmp_path / "page.html", report.build([runs]))
    browser_page.goto((tmp_path / "page.html").as_uri())
    browser_page.locator("#gallery").scroll_into_view_if_needed()
    boxes = browser_page.locator("#gallery .absent")
    boxes.first.wait_for()
    assert boxes.all_inner_texts() == ["unreadable", "not there"]
    assert "is no readable image" in str(boxes.first.get_attribute("title"))
    assert f"images/{first}.png is no readable image" in browser_page.locator(".notes-box").inner_text()


def test_tables_need_no_script(new_page: NewPage, page_file: Path) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(page_file.as_uri())
    assert names(page) == ["spade", "spade", "oasis", "lggan"]
    assert page.get_by_text("The images of this page need JavaScript").is_visible()
    assert not page.locator("#filter-text").is_visible()
    page.get_by_text("Provenance", exact=True).first.click()
    assert page.get_by_text("sisbench run --method lggan").is_visible()


def test_print_leaves_the_numbers(opened: Page) -> None:
    opened.emulate_media(media="print")
    assert not opened.locator("#filter-text").is_visible()
    assert len(names(opened)) == 3

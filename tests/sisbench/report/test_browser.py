"""The page in a real browser. Every test also fails on an error in the page or a request to anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sisbench import report
from tests.browser import NewPage
from tests.records import make_record, sample_keys, write_run

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROWS = ".board:not([hidden]) tbody tr:not([hidden]) th a"


def names(page: Page) -> list[str]:
    return page.locator(ROWS).all_inner_texts()


def test_columns_sort_best_first_then_the_other_way_and_missing_numbers_stay_below(opened: Page) -> None:
    assert names(opened) == ["spade", "oasis", "lggan"]
    head = opened.locator(".board:not([hidden]) thead th", has_text="miou")
    head.get_by_role("button").click()
    assert names(opened) == ["spade", "lggan", "oasis"]
    assert head.get_attribute("aria-sort") == "descending"
    head.get_by_role("button").click()
    assert names(opened) == ["oasis", "lggan", "spade"]
    assert head.get_attribute("aria-sort") == "ascending"
    assert opened.locator("[aria-sort]:visible").count() == 1
    fid = opened.locator(".board:not([hidden]) thead th", has_text="fid").get_by_role("button")
    for _ in range(2):
        fid.click()
        assert names(opened)[0] == "oasis"
    assert "sorted by fid, descending" in opened.get_by_role("status").inner_text()


def test_columns_sort_by_keyboard(opened: Page) -> None:
    opened.locator(".board:not([hidden]) thead th", has_text="method").get_by_role("button").focus()
    opened.keyboard.press("Enter")
    assert names(opened) == ["lggan", "oasis", "spade"]
    opened.keyboard.press("Space")
    assert names(opened) == ["spade", "oasis", "lggan"]


def test_filters_by_text_and_method(opened: Page) -> None:
    search = opened.locator("#filter-text")
    search.fill("SEED 0 oas")
    assert names(opened) == ["oasis"]
    assert opened.get_by_role("status").inner_text() == "1 of 3 runs"
    assert opened.locator(".run:visible h3").all_text_contents() == ["oasis"]
    assert opened.locator("#gallery thead th").all_inner_texts() == ["sample", "layout", "real", "oasis"]
    search.fill("nothing of the kind")
    assert names(opened) == []
    assert opened.get_by_text("No run fits.").is_visible()
    search.fill("")
    opened.locator("#filter-method").select_option("lggan")
    assert names(opened) == ["lggan"]


def test_filter_by_data_set(runs: Path, tmp_path: Path, browser_page: Page) -> None:
    write_run(runs / "other", make_record("pix2pix", dataset="town", protocol="tinytown-v1"))
    report.write(tmp_path / "page.html", report.build([runs]))
    browser_page.goto((tmp_path / "page.html").as_uri())
    assert len(names(browser_page)) == 4
    browser_page.locator("#filter-dataset").select_option("town")
    assert names(browser_page) == ["pix2pix"]
    assert "not at hand" in browser_page.locator("#gallery-body").inner_text()


def test_one_protocol_at_a_time(opened: Page) -> None:
    assert opened.get_by_role("radio", name="tinytown-v1").is_checked()
    opened.get_by_role("radio", name="tinytown-v1").focus()
    opened.keyboard.press("ArrowRight")
    assert opened.get_by_role("radio", name="diversity-v1").is_checked()
    assert names(opened) == ["spade"]
    assert opened.locator(".board:visible").count() == 1
    assert opened.locator(".run:visible").count() == 1
    opened.locator("#gallery-view").select_option(label="noise of spade")
    assert opened.locator("#gallery thead th").all_inner_texts() == [
        *("sample", "layout", "real", "spade", "noise 01", "noise 02")
    ]


def test_pictures_appear_when_they_are_scrolled_to(runs: Path, tmp_path: Path, browser_page: Page) -> None:
    keys = [f"{number:03d}" for number in range(60)]
    write_run(runs / "many", make_record("many", keys=keys))
    report.write(tmp_path / "page.html", report.build([runs / "many"]))
    browser_page.goto((tmp_path / "page.html").as_uri())
    browser_page.locator("#gallery tbody tr").first.scroll_into_view_if_needed()
    browser_page.locator("#gallery tbody tr").first.locator("img").wait_for()
    last = browser_page.locator("#gallery tbody tr").last
    assert last.locator("img").count() == 0
    last.scroll_into_view_if_needed()
    last.locator("img").wait_for()
    loaded = last.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)")
    assert loaded == 64


def test_stages_and_semantic_maps(opened: Page) -> None:
    show = opened.locator("#gallery-view")
    show.select_option(label="stages of lggan")
    heads = opened.locator("#gallery thead th")
    assert heads.all_inner_texts() == [
        *("sample", "layout", "real", "lggan", "lggan: semantic map", "local", "weight_local")
    ]
    show.select_option(label="semantic maps")
    assert heads.all_inner_texts() == ["sample", "layout", "real", "lggan: semantic map"]


def open_viewer(page: Page) -> None:
    page.locator("#gallery tbody th button").first.click()
    page.get_by_role("dialog").wait_for()


def test_the_slider_moves_by_keyboard(opened: Page) -> None:
    open_viewer(opened)
    slider = opened.get_by_role("slider", name="Share of the left picture")
    assert slider.evaluate("element => element === document.activeElement")
    opened.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "49 % real, 51 % lggan"
    opened.keyboard.press("Home")
    assert opened.locator(".compare").evaluate("figure => figure.style.getPropertyValue('--at')") == "0%"
    opened.keyboard.press("Escape")
    assert not opened.get_by_role("dialog").is_visible()
    assert opened.locator("#gallery tbody th button").first.evaluate("b => b === document.activeElement")


def test_the_slider_moves_by_mouse_and_shows_both_sides(opened: Page) -> None:
    open_viewer(opened)
    box = opened.locator(".compare").bounding_box()
    assert box is not None
    opened.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    opened.mouse.down()
    opened.mouse.move(box["x"] + box["width"] / 4, box["y"] + 20, steps=5)
    opened.mouse.up()
    assert 24 <= float(opened.get_by_role("slider").input_value()) <= 26
    edge = opened.locator(".compare .edge").bounding_box()
    assert edge is not None
    assert abs(edge["x"] - box["x"] - box["width"] / 4) < 8


def test_the_viewer_compares_any_two_pictures_of_any_sample(opened: Page) -> None:
    open_viewer(opened)
    first, second, *_ = sample_keys("tinytown", 4)
    assert opened.locator("#viewer h2").inner_text() == first
    opened.locator("#viewer-left").select_option(label="layout")
    opened.locator("#viewer .all button", has_text="oasis").click()
    assert opened.get_by_role("slider").get_attribute("aria-valuetext") == "50 % layout, 50 % oasis"
    assert opened.locator(".compare .after").get_attribute("alt") == f"oasis, {first}"
    opened.get_by_role("button", name="Next").click()
    assert opened.locator("#viewer h2").inner_text() == second
    assert opened.locator(".compare .before").get_attribute("alt") == f"layout, {second}"
    assert "diversity" not in opened.locator("#viewer").inner_text()


def test_best_and_worst_images_by_metric(opened: Page) -> None:
    opened.locator("#ranking").scroll_into_view_if_needed()
    spade = opened.locator(".ranks tbody tr", has_text="spade")
    spade.locator("img").first.wait_for()
    worst, best = (spade.locator(f"[data-side={side}] figcaption").all_inner_texts() for side in ("worst", "best"))
    assert len(worst) == len(best) == 2
    assert min(map(float, worst)) > max(map(float, best))  # a distance: lower is better
    opened.locator("#ranking-metric").select_option("miou")
    spade.locator("img").first.wait_for()
    worst, best = (spade.locator(f"[data-side={side}] figcaption").all_inner_texts() for side in ("worst", "best"))
    assert max(map(float, worst)) < min(map(float, best))
    spade.locator("button").first.click()
    assert opened.get_by_role("dialog").is_visible()


def test_the_provenance_drawer_and_its_command(new_page: NewPage, page_file: Path) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(page_file.as_uri())
    page.get_by_role("button", name="Provenance of oasis").click()
    drawer = page.get_by_role("dialog", name="Provenance of oasis")
    assert "123456" in drawer.inner_text()
    drawer.get_by_role("button", name="Copy").click()
    drawer.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith("sisbench run --method oasis --dataset tinytown")
    page.keyboard.press("Escape")
    assert not drawer.is_visible()

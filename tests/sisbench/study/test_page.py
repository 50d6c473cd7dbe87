"""The page in a real browser: a rater with a keyboard, a phone, a reload; and its answers, scored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sisbench.study import answers
from sisbench.study.make import Made, find, make
from sisbench.study.score import score
from tests.browser import NewPage
from tests.sisbench.study.samples import folder, keys, layout_folder

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = {"</script><script>alert(1)</script>": "a", "\"'><img src=x onerror=alert(2)>": "b"}


TRIAL, COUNT = "document.getElementById('trial')", "document.getElementById('count').innerText"
COVERED = "document.getElementById('stage').classList.contains('covered')"
SHOWN = "document.querySelector('#second img').naturalWidth > 0"


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return study(tmp_path)


def study(root: Path, size: tuple[int, int] = (32, 16), **options: Any) -> Made:
    folders = {name: folder(root / place, keys(4), tint, size) for tint, (name, place) in enumerate(HOSTILE.items())}
    found = find(folders, layouts=layout_folder(root / "maps", keys(4), size))
    numbers: dict[str, Any] = {"trials": 4, "vigilance": 1, "raters": 3}
    return make(found, root / "study ü.html", **(numbers | options))


def address(made: Made, rater: int | str | None = None) -> str:
    return made.page.as_uri() + ("" if rater is None else f"?rater={rater}")


def until(page: Page, condition: str) -> None:
    """Wait for a JavaScript condition; the page's policy forbids the evaluation that `wait_for_function` does."""
    for _ in range(250):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(20)
    pytest.fail(f"never came true: {condition}")


def press(page: Page, *pressed: str) -> None:
    """Answer pair after pair, as soon as each is open for an answer."""
    for key in pressed:
        before = page.locator("#count").inner_text()
        page.wait_for_timeout(320)  # longer than the guard against keys that belong to the last pair
        page.keyboard.press(key)
        until(page, f"{TRIAL}.hidden || {COUNT} !== '{before}'")


def saved(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_whole_study_by_keyboard(made: Made, browser_page: Page, tmp_path: Path) -> None:
    page = browser_page
    page.goto(address(made, 2))
    assert page.locator("#start .question").inner_text() == made.key.question
    assert "5 pairs" in page.locator("#task").inner_text()
    page.keyboard.press("Space")
    press(page, "1", "ArrowRight", "2", "ArrowLeft", "1")
    assert page.get_by_role("heading", name="Thank you").is_visible()
    files = [saved(page, button, tmp_path) for button in ("Save answers", "Save as CSV")]
    assert files[0].name == f"answers-{made.key.study[:8]}-rater-2.json"
    (one,), (other,) = (answers.read([file], made.key) for file in files)
    assert one.answers == other.answers
    assert [answer.choice for answer in one.answers] == ["first", "second", "second", "first", "first"]
    assert [answer.trial for answer in one.answers] == [trial for trial in made.key.trials if trial.rater == 2]
    assert all(250 <= answer.milliseconds < 20_000 for answer in one.answers)
    assert len(score(made.key, [one], threshold=0).raters) == 1


def test_reload_in_the_middle(made: Made, browser_page: Page, tmp_path: Path) -> None:
    page = browser_page
    page.goto(address(made))
    page.get_by_label("Your rater number").select_option("3")
    page.get_by_role("button", name="Start").click()
    press(page, "1", "2")
    page.reload()
    assert page.get_by_label("Your rater number").input_value() == "3"
    assert page.get_by_text("2 of 5 pairs are answered.").is_visible()
    page.get_by_role("button", name="Go on").click()
    assert page.locator("#count").inner_text() == "3 of 5"
    press(page, "2", "2", "2")
    (sheet,) = answers.read([saved(page, "Save answers", tmp_path)], made.key)
    assert [answer.choice for answer in sheet.answers] == ["first", "second", "second", "second", "second"]
    page.reload()
    page.get_by_role("button", name="To your answers").click()
    assert page.get_by_role("heading", name="Thank you").is_visible()


def test_raters_do_not_mix(made: Made, browser_page: Page) -> None:
    browser_page.goto(address(made, 1))
    browser_page.keyboard.press("Enter")
    press(browser_page, "1")
    browser_page.goto(address(made, 2))
    assert browser_page.get_by_role("button", name="Start").is_visible()


def test_back_and_pause(made: Made, browser_page: Page, tmp_path: Path) -> None:
    page = browser_page
    page.goto(address(made, 1))
    page.get_by_role("button", name="Start").click()
    assert not page.locator("#back").is_enabled()
    press(page, "1", "1", "Backspace")
    assert page.locator("#count").inner_text() == "2 of 5"
    press(page, "2")
    page.get_by_role("button", name="Pause or save").click()
    assert page.get_by_text("2 of 5 pairs are answered.").is_visible()
    (sheet,) = answers.read([saved(page, "Save answers", tmp_path)], made.key)
    assert [answer.choice for answer in sheet.answers] == ["first", "second"]
    page.get_by_role("button", name="Go on").click()
    assert page.locator("#count").inner_text() == "3 of 5"


def test_a_held_key_answers_once(made: Made, browser_page: Page) -> None:
    page = browser_page
    page.goto(address(made, 1))
    page.keyboard.press("Space")
    page.wait_for_timeout(400)
    for _ in range(3):
        page.keyboard.down("1")  # from the second one on a repetition
        page.wait_for_timeout(700)
    assert page.locator("#count").inner_text() == "2 of 5"


def test_a_key_that_comes_too_early_is_for_the_last_pair(made: Made, browser_page: Page) -> None:
    page = browser_page
    page.goto(address(made, 1))
    page.evaluate(
        """() => {
            const early = () => document.dispatchEvent(new KeyboardEvent("keydown", { key: "1" }));
            new MutationObserver(early).observe(document.getElementById("status"), { childList: true });
        }"""
    )
    page.keyboard.press("Space")
    page.wait_for_timeout(700)
    assert page.locator("#count").inner_text() == "1 of 5"
    press(page, "2")
    page.wait_for_timeout(700)
    assert page.locator("#count").inner_text() == "2 of 5"


def test_a_time_limit(tmp_path: Path, browser_page: Page) -> None:
    page = browser_page
    page.goto(address(study(tmp_path, seconds=0.4), 1))
    assert "visible for 0.4 seconds" in page.locator("#task").inner_text()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Show the next pair").wait_for()
    assert page.evaluate(COVERED)
    page.wait_for_timeout(320)
    page.keyboard.press("1")  # nothing was shown yet
    assert page.locator("#count").inner_text() == "1 of 5"
    page.keyboard.press("Space")
    until(page, f"!{COVERED}")
    until(page, COVERED)
    press(page, "2")
    assert page.locator("#count").inner_text() == "2 of 5"


def test_the_right_pictures_are_shown(made: Made, browser_page: Page) -> None:
    page = browser_page
    page.goto(address(made, 1))
    numbers = json.loads(page.locator("#study").inner_text())["raters"][0][0][1:]
    page.keyboard.press("Space")
    until(page, SHOWN)
    for number, where in zip(numbers, ("layout", "first", "second"), strict=True):
        source = page.locator(f"#{where} img").get_attribute("src")
        assert source == "data:image/webp;base64," + page.locator(f"#image-{number}").inner_text()
    assert page.evaluate("document.querySelector('#first img').naturalWidth") == 32


@pytest.mark.parametrize("size", [(32, 16), (16, 16), (16, 32)])
@pytest.mark.parametrize("viewport", [(390, 844), (844, 390), (1280, 800)])
def test_all_is_in_sight(tmp_path: Path, new_page: NewPage, viewport: tuple[int, int], size: tuple[int, int]) -> None:
    phone = {"has_touch": True, "is_mobile": True} if viewport != (1280, 800) else {}
    page = new_page(viewport={"width": viewport[0], "height": viewport[1]}, **phone)
    page.goto(address(study(tmp_path, size=size), 1))
    page.get_by_role("button", name="Start").click()
    until(page, SHOWN)
    page.wait_for_timeout(320)
    overflow = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert overflow == list(viewport)
    boxes = [page.locator(f"#{side} img").bounding_box() for side in ("first", "second", "layout")]
    first, second, layout = [box for box in boxes if box]
    for box in (first, second, layout):
        assert box["width"] == pytest.approx(first["width"], abs=0.1)
        assert box["width"] / box["height"] == pytest.approx(size[0] / size[1], rel=0.02)
        assert box["height"] > 70
    stacked = viewport[0] < viewport[1] and size[0] > size[1]
    assert (first["x"] == second["x"], first["y"] == second["y"]) == (stacked, not stacked)
    page.locator("#second").click()
    until(page, f"{COUNT} === '2 of 5'")


def test_an_unknown_rater_is_told(made: Made, browser_page: Page) -> None:
    browser_page.goto(address(made, "4<b>"))
    assert "it has 1 to 3" in browser_page.get_by_role("alert").inner_text()
    assert browser_page.get_by_label("Your rater number").is_visible()


def test_damaged_storage_counts_as_no_answer(made: Made, browser_page: Page) -> None:
    page = browser_page
    page.goto(address(made, 1))
    name = f"sisbench-study/{made.key.study}/1/{made.key.trials[0].id}"
    page.evaluate("name => localStorage.setItem(name, 'left 12')", name)
    page.reload()
    assert page.get_by_role("button", name="Start").is_visible()


def test_without_storage_answers_live_in_memory(made: Made, browser_page: Page, tmp_path: Path) -> None:
    page = browser_page
    page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); }")
    page.goto(address(made, 1))
    page.keyboard.press("Space")
    press(page, "1", "2", "1", "1", "1")
    assert "save your answers before you close" in page.get_by_role("alert").inner_text()
    (sheet,) = answers.read([saved(page, "Save answers", tmp_path)], made.key)
    assert len(sheet.answers) == 5


def test_everything_has_a_name(made: Made, browser_page: Page) -> None:
    page = browser_page
    page.goto(address(made, 1))
    page.keyboard.press("Space")
    until(page, SHOWN)
    for name in ("First image", "Second image"):
        assert page.get_by_role("button", name=name).is_visible()
    assert page.get_by_role("img", name="The layout").is_visible()
    assert page.get_by_role("progressbar", name="1 of 5").is_visible()
    assert page.get_by_role("heading", level=1).count() == 1
    until(page, "document.getElementById('status').innerText === 'Pair 1 of 5'")


def test_without_scripts_it_says_so(made: Made, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(address(made))
    assert page.get_by_text("This page needs JavaScript").is_visible()

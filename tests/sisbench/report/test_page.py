from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from sisbench import report
from sisbench.errors import InputError
from sisbench.report import IMAGES, MAX_MB
from sisbench.report.page import inert
from tests.records import make_record, sample_keys, write_picture, write_run


def text(*paths: Path, **options: object) -> str:
    return report.build(paths, **options).html.decode()  # type: ignore[arg-type]


def test_the_same_files_give_the_same_bytes_wherever_they_lie(runs: Path, tmp_path: Path) -> None:
    first = report.build([runs])
    moved = tmp_path / "elsewhere" / "runs"
    moved.parent.mkdir()
    runs.rename(moved)
    assert report.build([moved]).html == first.html


def test_the_policy_names_its_own_script_and_style_and_nothing_else(runs: Path) -> None:
    page = text(runs)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy[1]
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        (own,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy[1]
    assert not re.search(r"\s(on\w+|style)=", page.partition("<script type")[0])


def test_nothing_is_asked_of_a_server(runs: Path) -> None:
    page = text(runs)
    assert re.findall(r'(?:src|href|action)="(?!#|data:)[^"]*"', page) == []
    assert "@import" not in page
    assert "url(" not in page


def test_json_cannot_end_its_element() -> None:
    hostile = {"</script><script>alert(1)</script>": "<!-- & \u2028 \udc80"}
    written = inert(hostile)
    assert not set("<>&\u2028") & set(written)
    assert json.loads(written) == hostile


def test_names_are_markup_nowhere(tmp_path: Path) -> None:
    name = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{data}}"
    write_run(
        tmp_path / "run", make_record(name, dataset=name, protocol=name, keys=[name.replace("/", "_")], recipe=name)
    )
    page = text(tmp_path, title=name)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert page.count("<script>") == 1  # the page's own
    assert page.count('id="data"') == 1  # a name that looks like a place of the template is left as it is


def test_pictures_are_text_that_a_browser_reads_past(runs: Path) -> None:
    page = text(runs / "spade")
    chunks = re.findall(r'<script type="text/plain" id="chunk-\d+">(.*?)</script>', page, re.DOTALL)
    assert len(chunks) == 4
    assert all(re.fullmatch(r"\d+ [A-Za-z0-9+/=]+", line) for chunk in chunks for line in chunk.split("\n"))


def test_a_damaged_image_is_named_in_the_page_and_the_rest_is_there(runs: Path) -> None:
    key = sample_keys("tinytown", 4)[1]
    path = runs / "spade" / "images" / f"{key}.png"
    path.write_bytes(path.read_bytes()[:100])
    built = report.build([runs])
    (note,) = built.notes
    assert f"spade/images/{key}.png is no readable image" in note
    assert note.replace("'", "&#x27;") in built.html.decode()


def test_file_names_that_are_not_utf8(tmp_path: Path) -> None:
    key = b"caf\xe9".decode(errors="surrogateescape")
    write_run(tmp_path / "run", make_record(keys=[key, "b"]), images=False)
    (tmp_path / "run" / "images").mkdir()
    (tmp_path / "run" / "images" / f"{key}.png").write_bytes(b"broken")
    assert "caf\\udce9.png is no readable image" in text(tmp_path)


def test_fewer_pictures_where_the_limit_asks_for_it_and_the_page_says_so(tmp_path: Path) -> None:
    keys = [f"{number:03d}" for number in range(40)]
    write_run(tmp_path / "run", make_record(keys=keys), images=False)
    for key in keys:
        write_picture(tmp_path / "run" / "images" / f"{key}.png", key, size=(64, 128))
    whole = report.build([tmp_path])
    assert whole.pictures == 40
    empty = report.build([tmp_path], images=0)
    assert empty.pictures == 0
    limit = (len(empty.html) + 32_000) / 1e6
    small = report.build([tmp_path], max_mb=limit)
    assert len(small.html) <= limit * 1e6
    assert 0 < small.pictures < 40
    assert re.search(r"To stay below .* MB the page shows at most \d+ samples? of each data set", small.notes[0])
    assert small.notes[0] in small.html.decode()
    with pytest.raises(InputError, match=r"MB without any picture, and 0.01 MB were allowed\. Name fewer runs"):
        report.build([tmp_path], max_mb=0.01)


def test_the_data_set_may_be_named_for_runs_of_one_only(tmp_path: Path) -> None:
    write_run(tmp_path / "a", make_record())
    write_run(tmp_path / "b", make_record(dataset="cityscapes", protocol="oasis-2021"))
    with pytest.raises(InputError, match=r"2 data sets \(cityscapes, tinytown\)\. Leave '--root' out"):
        report.build([tmp_path], root=tmp_path)
    notes = report.build([tmp_path / "a"], root=tmp_path / "nowhere").notes
    assert "does not exist" in notes[0]


def test_what_is_stated_as_default() -> None:
    assert (IMAGES, MAX_MB) == (100, 40.0)

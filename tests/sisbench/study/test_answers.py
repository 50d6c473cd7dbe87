from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sisbench.errors import InputError, Problems
from sisbench.study import answers
from tests.sisbench.study.samples import make_key, prefer, save, sheet

KEY = make_key()


def written(value: dict[str, Any]) -> str:
    """The CSV form of a sheet."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, answers.COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "study": value["study"], "rater": value["rater"]} for row in value["answers"])
    return stream.getvalue()


def test_json_and_csv_say_the_same(tmp_path: Path) -> None:
    value = sheet(KEY, 2, prefer("spade"))
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf" + written(value).replace("\n", "\r\n").encode())  # spreadsheet
    (one,) = answers.read([save(tmp_path / "a.json", value)], KEY)
    (other,) = answers.read([tmp_path / "a.csv"], KEY)
    assert one.answers == other.answers
    assert (one.rater, len(one.answers), one.answers[3].milliseconds) == (2, 10, 1003)
    assert [answer.trial for answer in one.answers] == [trial for trial in KEY.trials if trial.rater == 2]


def test_sheets_come_by_rater_and_may_be_incomplete(tmp_path: Path) -> None:
    files = [save(tmp_path / f"{r}.json", sheet(KEY, r, prefer("spade"), count)) for r, count in ((3, 0), (1, 4))]
    assert [(one.rater, len(one.answers)) for one in answers.read(files, KEY)] == [(1, 4), (3, 0)]


def test_two_files_of_one_rater(tmp_path: Path) -> None:
    files = [save(tmp_path / name, sheet(KEY, 1, prefer("spade"))) for name in ("a.json", "b.json")]
    with pytest.raises(InputError, match=r"a\.json and .*b\.json are both of rater 1"):
        answers.read(files, KEY)


def test_answers_of_another_study(tmp_path: Path) -> None:
    other = make_key(seed=1)
    path = save(tmp_path / "a.json", sheet(other, 1, prefer("spade")))
    with pytest.raises(InputError, match=f"answers the study {other.study[:8]}.*the key is of the study"):
        answers.read([path], KEY)


def edit(**change: object) -> Callable[[dict[str, Any]], object]:
    return lambda value: value["answers"][1].update(change)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (edit(choice="second"), "answer 2: trial '[0-9a-f]{12}' was edited"),
        (edit(choice="left"), "answer 2: choice is 'left', expected 'first' or 'second'"),
        (edit(milliseconds=1), "was edited"),
        (edit(milliseconds=float("nan")), "milliseconds is nan"),
        (edit(milliseconds=True), "milliseconds is True"),
        (edit(milliseconds="-5"), "milliseconds is '-5'"),
        (edit(trial=KEY.trials[-1].id), "is none of rater 1"),
        (edit(trial="<script>"), "trial '<script>' is none of rater 1"),
        (edit(trial=["list"]), r"trial \['list'\] is none"),
        (edit(check=None), "was edited"),
        (lambda value: value["answers"].append(value["answers"][0]), "answer 11: .* was answered before"),
        (lambda value: value["answers"].append("first"), "answer 11: is 'first', not an object"),
    ],
)
def test_edited_and_malformed_answers(tmp_path: Path, spoil: Callable[[dict[str, Any]], object], message: str) -> None:
    value = sheet(KEY, 1, lambda trial: "first")
    spoil(value)
    with pytest.raises(Problems, match=f"(?s)1 answer of 1[01] are not as the page wrote them.*{message}"):
        answers.read([save(tmp_path / "a.json", value)], KEY)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "does not have the columns study, rater"),
        ("{", "is no whole JSON file"),
        ('{"kind": "sisbench study key"}', "does not hold answers"),
        ('{"kind": "sisbench study answers", "schema": 2, "answers": []}', "has schema 2"),
        (json.dumps(sheet(KEY, 1, prefer("spade")) | {"rater": 4}), "is of rater 4; the study has raters 1 to 3"),
        (json.dumps(sheet(KEY, 1, prefer("spade")) | {"rater": None}), "is of rater None"),
        ("study,rater,trial,choice,milliseconds,check\n", "answers of 0 raters or studies"),
        ("study,rater,trial,choice,milliseconds,check\na,1,,,,\nb,1,,,,\n", "answers of 2 raters or studies"),
        ("study,rater\n", "does not have the columns"),
        (b"\xff\xfe\x00", "cannot be read as answers"),
        (None, "cannot be read as answers"),
    ],
)
def test_files_of_another_kind(tmp_path: Path, content: str | bytes | None, message: str) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=message):
        answers.read([path], KEY)


def test_a_cell_too_many(tmp_path: Path) -> None:
    text = written(sheet(KEY, 1, prefer("spade")))
    path = tmp_path / "a.csv"
    path.write_text(text.replace("1000,", "10,00,", 1))
    with pytest.raises(Problems, match=r"answer 1: .*was edited"):
        answers.read([path], KEY)


def test_checksums_follow_every_part() -> None:
    parts = [("s", 1, "t", "first", 900), ("s", 2, "t", "first", 900), ("s", 1, "t", "second", 900)]
    parts += [("s", 1, "t", "first", 901), ("s", 1, "u", "first", 900), ("x", 1, "t", "first", 900)]
    assert len({answers.check(*part) for part in parts}) == len(parts)

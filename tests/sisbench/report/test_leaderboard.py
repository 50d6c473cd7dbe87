from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from sisbench.evaluation import Z95, Value
from sisbench.report.collect import collect
from sisbench.report.leaderboard import boards, interval, table, whisker
from tests.records import make_record, write_run


def html(*folders: Path) -> list[str]:
    return [table(board, number) for number, board in enumerate(boards(collect(folders).runs))]


def rows(board: str) -> list[str]:
    return re.findall(r"<tr data-run.*?</tr>", board)


def methods(board: str) -> list[str]:
    return re.findall(r'data-method="([^"]*)"', board)


def test_protocols_are_never_mixed(runs: Path) -> None:
    noise, street = html(runs)
    assert methods(noise) == ["spade"]
    assert 'data-protocol="diversity-v1"' in noise
    assert "4 layouts, 3 images each" in noise
    assert sorted(methods(street)) == ["lggan", "oasis", "spade"]


@pytest.mark.parametrize("fact", ["samples_sha256", "protocol_sha256", "card_sha256", "split"])
def test_runs_on_other_images_or_of_a_changed_protocol_stand_in_tables_of_their_own(tmp_path: Path, fact: str) -> None:
    write_run(tmp_path / "a", make_record())
    write_run(tmp_path / "b", make_record("spade", facts={fact: "0" * 64}))
    assert [len(rows(board)) for board in html(tmp_path)] == [1, 1]


def test_rows_stand_in_the_order_of_the_first_metric_that_has_a_number(runs: Path) -> None:
    _, street = html(runs)
    assert methods(street) == ["spade", "oasis", "lggan"]
    assert re.findall(r'aria-sort="(\w+)"><bdi>(\w+)', street) == [("ascending", "fd_effnet")]
    assert "lower is better" in street


def test_the_best_of_a_column_is_marked_in_its_direction_if_there_is_another(runs: Path) -> None:
    _, street = html(runs)
    spade, oasis, _ = rows(street)
    assert re.findall(r'data-value="([\d.]+)" class=best', spade) == ["90.0", "0.5"]
    assert "class=best" not in oasis  # the only run with a FID
    assert '<span class="hidden">, best</span>' in spade


def test_a_missing_number_has_its_reason_once(runs: Path) -> None:
    _, street = html(runs)
    assert street.count("n/a<sup>1</sup>") == 2
    assert street.count("no weights. Fetch them.") == 1
    assert "<li value=1>no weights. Fetch them.</li>" in street


def test_an_output_that_a_run_never_had_is_explained(tmp_path: Path) -> None:
    write_run(tmp_path / "a", make_record("a", results={"miou": 0.5}))
    write_run(tmp_path / "b", make_record("b", results={"psnr": 15.0}))
    (board,) = html(tmp_path)
    assert board.count("no part of the evaluation of this run") == 1


def test_networks_that_differ_are_named(tmp_path: Path) -> None:
    write_run(tmp_path / "a", make_record("a"))
    write_run(tmp_path / "b", make_record("b", facts={"feature:effnet": "1" * 64}))
    (board,) = html(tmp_path)
    assert "different versions of <bdi>feature:effnet</bdi>" in board


def test_a_doubt_of_a_run_is_said(tmp_path: Path) -> None:
    record = make_record("lggan")
    doubtful = dataclasses.replace(record.evaluation, warnings=("wrong-looking <segmenter>",))
    write_run(tmp_path / "a", dataclasses.replace(record, evaluation=doubtful).sealed())
    (board,) = html(tmp_path)
    assert '<p class="warn"><bdi>lggan</bdi>: wrong-looking &lt;segmenter&gt;</p>' in board


def test_real_images_stand_below(runs: Path) -> None:
    _, street = html(runs)
    assert re.search(r'<tfoot><tr><th scope="row">real images</th><td></td><td data-value="0.6"', street)


def test_the_interval_is_1_96_standard_errors() -> None:
    assert interval(Value(10.0, 2.0, 5)) == pytest.approx((6.08, 13.92), abs=1e-3)
    assert interval(Value(10.0, None, 1)) == (10.0, 10.0)


def test_a_whisker_is_drawn_on_the_scale_of_its_column() -> None:
    # 84 pixels with 4 to either side: 0 is at 4, 100 at 80
    drawn = whisker(Value(50.0, 10.0 / Z95, 5), (0.0, 100.0), Value(100.0, None, 5))
    assert 'cx="42.0"' in drawn
    assert "M34.4 6.0H49.6" in drawn
    assert 'class="tick" d="M80.0 0V12"' in drawn
    assert 'cx="42.0"' in whisker(Value(5.0, None, 1), (5.0, 5.0))  # a column of one number has no scale


def test_words_say_what_the_drawing_shows(runs: Path) -> None:
    _, street = html(runs)
    assert "95 % interval 80.2 to 99.8" in rows(street)[0]


def test_partial_runs_and_what_was_changed_are_said(tmp_path: Path) -> None:
    overrides = {"steps": 10, "batch_size": None, "width": None, "without": ["gan"]}
    write_run(tmp_path / "a", make_record(complete=False, overrides=overrides))
    (board,) = html(tmp_path)
    assert "quick recipe, steps 10, without gan, seed 0, only 4 layouts of the split" in board

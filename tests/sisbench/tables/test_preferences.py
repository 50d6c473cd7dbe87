"""Preferences of studies in the table of a paper, by values computed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click
import pytest
from click.testing import CliRunner

from sisbench.cli.study import study as study_command
from sisbench.cli.table import table as table_command
from sisbench.errors import InputError
from sisbench.study.interval import Proportion
from sisbench.study.key import Key
from sisbench.study.outcome import Outcome
from sisbench.study.score import Preference
from sisbench.tables import definitions, preferences, published
from sisbench.tables.build import build
from sisbench.tables.catalog import Catalog
from sisbench.tables.model import Cell, Table
from sisbench.tables.preferences import Study
from tests.sisbench.study.samples import folder, keys, layout_folder, prefer, save, sheet
from tests.sisbench.study.test_outcome import scores

DATA = published.load()
SHARE = Proportion(0.75, 0.5, 0.875, 0.1, 8, 2, 4)


def study(
    *pairs: tuple[str, str],
    share: Proportion | None = SHARE,
    origin: Literal["promoted", "local"] = "local",
    path: str = "a.json",
    **changes: Any,
) -> Study:
    facts: dict[str, Any] = {
        **{"study": "s" * 64, "question": "Which?", "seconds": None, "dataset": "cityscapes", "threshold": 0.75},
        **{"digest": path},
    }
    of = tuple(Preference(method, against, share) for method, against in pairs or [("LGGAN", "CRN")])
    return Study(Outcome(**{**facts, **changes}, preferences=of), Path(path), origin)


def middle(*studies: Study) -> Table:
    return build(definitions.get("lggan-3-middle"), DATA, [], studies=studies)


def cell(table: Table, row: str = "crn", column: str = "cityscapes_amt") -> Cell:
    return table.cells[row, column]


def test_a_study_stands_beside_the_published_preference() -> None:
    """75 % of the answers, where the paper prints 67.38."""
    table = middle(study())
    found = cell(table)
    assert found.published is not None
    assert found.published.text == "67.38"
    assert found.measured is not None
    assert (found.measured.value, found.measured.interval, found.measured.n) == (75, (50, 87.5), 8)
    assert found.difference == pytest.approx(7.62)
    assert (found.measured.weights, found.measured.seed, found.measured.recipe) == ("study", None, "")
    assert found.reason == ""
    assert [c.protocol for c in table.columns] == [found.measured.protocol, ""]
    assert found.measured.protocol == "study 'Which?', without a time limit, 75 % of vigilance pairs"


@pytest.mark.parametrize("names", [("CRN", "LGGAN"), ("crn", "lggan")])
def test_a_pair_that_is_stored_the_other_way_is_turned_around(names: tuple[str, str]) -> None:
    """75 % prefer CRN, 50 to 87.5: 25 % prefer LGGAN, 12.5 to 50."""
    found = cell(middle(study(names))).measured
    assert found is not None
    assert (found.value, found.interval, found.stderr) == (25, (12.5, 50), 10)


@pytest.mark.parametrize("name", ["GauGAN", "gaugan", "SPADE", "spade"])
def test_methods_go_by_the_names_of_registry_and_paper(name: str) -> None:
    found = cell(middle(study(("lggan", name))), "gaugan").measured
    assert found is not None
    assert found.value == 75


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (study(dataset=None), "a.json names no data set; make the study with '--dataset'"),
        (study(share=None), "n/a in a.json: no answers"),
        (study(("LGGAN", "CRN"), ("CRN", "lggan")), "a.json has several pairs that fit: LGGAN vs. CRN, CRN vs. lggan"),
        (study(dataset="tinytown"), "no preference study"),
        (study(("LGGAN", "CRN+")), "no preference study"),
        (study(("SPADE", "CRN")), "no preference study"),
    ],
)
def test_any_other_study_leaves_the_cell_empty_and_says_why(one: Study, reason: str) -> None:
    found = cell(middle(one))
    assert found.measured is None
    assert found.reason == reason
    assert found.published is not None


def test_what_the_paper_does_not_print_is_shown_alone() -> None:
    found = cell(middle(study(("LGGAN", "SIMS"), dataset="ade20k")), "sims", "ade20k_amt")
    assert found.measured is not None
    assert (found.published, found.reason) == (None, "not in the paper")


def test_a_column_never_mixes_ways_of_asking() -> None:
    """The promoted study decides how people were asked; ADE20K is a column of its own."""
    table = middle(
        study(("LGGAN", "CRN"), seconds=0.5, path="quick.json", share=Proportion(0.5, 0.4, 0.6, 0.1, 999, 9, 9)),
        study(("LGGAN", "SIMS"), origin="promoted", path=str(preferences.leaderboards() / "studies/slow.json")),
        study(("LGGAN", "CRN"), dataset="ade20k", seconds=0.5, path="ade.json"),
    )
    slow = "study 'Which?', without a time limit, 75 % of vigilance pairs"
    quick = "study 'Which?', 0.5 s a pair, 75 % of vigilance pairs"
    assert [c.protocol for c in table.columns] == [slow, quick]
    assert cell(table).measured is None
    assert cell(table).reason == f"of {quick}; the column: {slow}"
    shown = cell(table, "sims").measured
    assert shown is not None
    assert (shown.record, shown.origin) == (Path("studies/slow.json"), "promoted")
    assert cell(table, "crn", "ade20k_amt").measured is not None


def test_of_several_studies_that_of_more_answers_is_shown_and_the_others_are_named() -> None:
    more = Proportion(0.6, 0.5, 0.7, 0.05, 100, 9, 9)
    table = middle(study(path="few.json"), study(path="many.json", share=more))
    found = cell(table).measured
    assert found is not None
    assert found.n == 100
    assert (
        "LGGAN vs. CRN, Cityscapes: the measured number is of many.json; few.json would fit as well."
    ) in table.footnotes


def test_studies_of_the_leaderboards_and_named_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boards = tmp_path / "boards"
    (boards / "studies").mkdir(parents=True)
    monkeypatch.setattr(preferences, "leaderboards", lambda: boards)
    save(boards / "studies" / "one.json", scores())
    (boards / "studies" / "damaged.json").write_text("{")
    copy, other = save(tmp_path / "copy.json", scores()), save(tmp_path / "other.json", scores(seconds=1))
    catalog = Catalog.load(studies=[copy, other])
    assert [(s.shown_path, s.origin) for s in catalog.studies] == [
        (Path("studies/one.json"), "promoted"),
        (other, "local"),
    ]
    (problem,) = catalog.problems
    assert "damaged.json" in problem
    assert [s.origin for s in Catalog.load(promoted=False, studies=[copy]).studies] == ["local"]
    with pytest.raises(InputError, match=r"damaged\.json cannot be read as the scores of a study"):
        Catalog.load(promoted=False, studies=[boards / "studies" / "damaged.json"])


def test_from_folders_of_images_to_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of three raters take LGGAN always, the third GauGAN: 66.67 %, 13.48 more than the paper's 53.19."""
    monkeypatch.chdir(tmp_path)
    names = keys(10)
    folder(tmp_path / "a", names, 1)
    folder(tmp_path / "b", names, 2)
    folder(tmp_path / "photos", names, 3)
    layout_folder(tmp_path / "layouts", names)
    numbers = ("--trials", "10", "--vigilance", "2", "--raters", "3")
    with_data = ("--dataset", "cityscapes", "--layouts", "layouts", "--real", "photos")
    invoke(study_command, "make", "spade=a", "lggan=b", *numbers, *with_data, "-o", "s.html")
    invoke(study_command, "make", "spade=a", "lggan=b", *numbers, "-o", "bare.html")
    for name in ("s", "bare"):
        key = Key.read(Path(f"{name}.key.json"))
        for rater, method in enumerate(("lggan", "lggan", "spade"), start=1):
            save(tmp_path / f"{name}{rater}.json", sheet(key, rater, prefer(method)))
        answers = [f"{name}{rater}.json" for rater in (1, 2, 3)]
        invoke(study_command, "score", f"{name}.key.json", *answers, "--output", f"{name}.scores.json")

    text = invoke(table_command, "lggan-3-middle", "--study", "s.scores.json", "--no-promoted")
    lines = [line.split() for line in text.splitlines()]
    at = next(i for i, line in enumerate(lines) if line[:3] == ["LGGAN", "vs.", "GauGAN"])
    assert lines[at][3:] == ["published", "53.19", "57.31"]
    assert lines[at + 1] == ["measured,", "n", "=", "30", "66.67ˡˢ"]
    assert lines[at + 2] == ["difference", "+13.48"]
    assert "Letters: l local, s answers of people in a study." in text
    assert (
        "Protocols of measured numbers: study 'Which image looks more like a photo of this layout?', without a time "
        "limit, 75 % of vigilance pairs (Cityscapes)."
    ) in " ".join(text.split())

    text = invoke(table_command, "lggan-3-middle", "--study", "bare.scores.json", "--no-promoted")
    assert "LGGAN vs. GauGAN: bare.scores.json names no data set; make the study with '--dataset'." in text


def invoke(command: click.Command, *arguments: str) -> str:
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout

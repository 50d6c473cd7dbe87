"""Reading definitions: what may stand in a row, and which files are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sisbench.errors import InputError
from sisbench.tables import definitions
from sisbench.tables.definitions import Match, Pair
from sisbench.tables.model import Column, Row
from tests.records import make_record

COLUMN = {
    "key": "fid",
    "title": "FID",
    "dataset": "cityscapes",
    "published": "fid",
    "metric": "fid_torch",
    "protocol": "spade-2019",
    "higher_is_better": False,
}
ROW = {"key": "spade", "title": "SPADE", "match": {"method": "spade", "recipes": {"cityscapes": ["cityscapes"]}}}
ABSENT = {"key": "crn", "title": "CRN", "unmeasured": "CRN is not a method of the registry"}
PREFERENCE = {**{k: v for k, v in COLUMN.items() if k != "protocol"}, "key": "amt", "study": True}
PAIR = {"key": "pair", "title": "A vs. B", "pair": {"preferred": ["A", "a2"], "against": ["B"]}}
TABLE: dict[str, Any] = {
    "name": "mine",
    "title": "A table",
    "source": "A paper, Table 1",
    "row_heading": "Method",
    "facts": [{"title": "VGG", "metric": "vgg_loss", "texts": {"yes": "with"}}],
    "columns": [COLUMN],
    "rows": [ROW, ABSENT],
    "marks": ["worst", "best"],
    "footnotes": ["A note."],
}


def write(folder: Path, **changes: Any) -> Path:
    path = folder / "mine.json"
    path.write_text(json.dumps({**TABLE, **changes}), encoding="utf-8")
    return path


def test_a_whole_definition(tmp_path: Path) -> None:
    table = definitions.read(write(tmp_path))
    assert (table.name, table.source, table.marks) == ("mine", "A paper, Table 1", ("best", "worst"))
    (column,) = table.columns
    assert column.column == Column("fid", "FID", "", "cityscapes", "fid_torch", "spade-2019", False)
    assert (column.published, column.unmeasured) == ("fid", "")
    spade, crn = table.rows
    assert spade.row == Row("spade", "SPADE", method="spade")
    assert spade.ranked
    assert spade.match == Match("spade", {"cityscapes": ("cityscapes",)})
    assert (crn.match, crn.unmeasured, crn.row.method) == (None, "CRN is not a method of the registry", "")
    (fact,) = table.facts
    assert fact.text(None) == ""


def test_a_definition_of_preferences(tmp_path: Path) -> None:
    table = definitions.read(write(tmp_path, columns=[PREFERENCE], rows=[PAIR, ABSENT]))
    (column,) = table.columns
    assert (column.study, column.column.protocol, column.unmeasured) == (True, "", "")
    pair, absent = table.rows
    assert (pair.pair, pair.match) == (Pair(("A", "a2"), ("B",)), None)
    assert (absent.pair, absent.unmeasured) == (None, "CRN is not a method of the registry")


@pytest.mark.parametrize(
    ("method", "against", "position"),
    [
        ("A", "B", "as asked"),
        ("A2", "b", "as asked"),
        ("b", "a", "turned"),
        ("A", "C", None),
        ("A", "a2", None),
        ("B", "B", None),
        ("A ", "B", None),
    ],
)
def test_the_methods_of_a_pair_go_by_any_of_their_names(method: str, against: str, position: str | None) -> None:
    assert Pair(("A", "a2"), ("B",)).position(method, against) == position


def test_facts_are_printed_with_their_suffix_and_words() -> None:
    count = definitions.get("oasis-1").facts[0]
    data = definitions.get("oasis-2").facts[0]
    from sisbench.tables import published

    values = published.load()
    assert count.text(values.fact("oasis-1", "oasis", "params_millions")) == "94M"
    assert data.text(values.fact("oasis-2", "oasis-noise", "multimodality")) == "3D noise"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "other"}, "defines 'other'; expected 'mine'"),
        ({"more": 1, "and": 2}, "mine.json: has the unknown fields 'more', 'and'"),
        ({"columns": [{**COLUMN, "arow": "up"}]}, "columns 'fid': has the unknown fields 'arow'"),
        (
            {"rows": [{**ROW, "match": {**ROW["match"], "recipe": "x"}}]},
            "rows 'spade', 'match': has the unknown fields",
        ),
        ({"columns": [COLUMN, COLUMN]}, "two of column 'fid'"),
        ({"rows": [ROW, ROW]}, "two of row 'spade'"),
        ({"facts": [*TABLE["facts"], *TABLE["facts"]]}, "two of fact 'vgg_loss'"),
        (
            {"columns": [{**COLUMN, "protocol": "spade-2018"}]},
            "'fid': 'spade-2018' is not a protocol; closest: 'spade-2019'",
        ),
        ({"columns": [{**COLUMN, "dataset": "moon"}]}, "'fid': protocol 'spade-2019' does not cover data set 'moon'"),
        (
            {"columns": [{**COLUMN, "unmeasured": "why"}]},
            "has 'protocol' and 'unmeasured' of 'protocol'",
        ),
        (
            {"columns": [{**COLUMN, "protocol": ""}]},
            "has none of 'protocol', 'unmeasured', 'study'; expected one",
        ),
        ({"rows": [{"key": "a", "title": "A"}]}, "rows 'a': has none of 'match', 'pair', 'unmeasured'"),
        ({"columns": [{**COLUMN, "study": True}]}, "has 'protocol' and 'study' of 'protocol', 'unmeasured', 'study'"),
        ({"rows": [PAIR]}, "row 'pair' and column 'fid' do not fit; expected rows with 'pair' in columns with 'study'"),
        ({"columns": [PREFERENCE]}, "row 'spade' and column 'amt' do not fit"),
        ({"rows": [{**PAIR, "match": ROW["match"]}]}, "has 'match' and 'pair' of 'match', 'pair', 'unmeasured'"),
        (
            {"columns": [PREFERENCE], "rows": [{**PAIR, "pair": {"preferred": ["A"], "against": []}}]},
            "rows 'pair', 'pair': 'against' is empty",
        ),
        ({"columns": [{**COLUMN, "higher_is_better": "no"}]}, "'higher_is_better' is 'no'; expected true or false"),
        ({"columns": [{**COLUMN, "scale": "100"}]}, "'scale' is '100'; expected a number"),
        ({"columns": [{**COLUMN, "decimals": True}]}, "'decimals' is True; expected a whole number, 0 or more"),
        ({"columns": [{**COLUMN, "decimals": 1.5}]}, "'decimals' is 1.5; expected a whole number, 0 or more"),
        ({"columns": [{k: v for k, v in COLUMN.items() if k != "metric"}]}, "'metric' is missing; expected a text"),
        ({"title": ""}, "'title' is empty"),
        ({"rows": "all"}, "'rows' is 'all'; expected a list"),
        ({"rows": [1]}, "rows 0: is 1; expected an object"),
        ({"marks": ["bold"]}, r"'marks' is \['bold'\]; expected some of best, worst"),
        ({"footnotes": [1]}, "'footnotes' is .*expected a list of texts"),
        (
            {"facts": [{"title": "VGG", "metric": "vgg_loss", "texts": {"yes": 1}}]},
            "'yes' of 'texts' is 1; expected a text",
        ),
        (
            {"rows": [{**ABSENT, "key": k, "group": g} for k, g in (("a", "x"), ("b", ""), ("c", "x"))]},
            "scatters rows of one group",
        ),
    ],
)
def test_a_definition_that_does_not_hold_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        definitions.read(write(tmp_path, **changes))
    assert "mine.json" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read as the definition of a table"),
        ("[]", r"mine.json: is \[\]; expected an object"),
        ('{"name": "a", "name": "b"}', "the field 'name' stands twice in one object"),
        ('{"scale": NaN}', "it holds NaN"),
    ],
)
def test_a_file_that_is_no_definition(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "mine.json").write_text(text)
    with pytest.raises(InputError, match=message):
        definitions.read(tmp_path / "mine.json")


def test_unknown_tables_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'lggan-3-rigth' is not a table; closest: 'lggan-3-right'"):
        definitions.get("lggan-3-rigth")
    with pytest.raises(InputError, match="is not a table"):
        definitions.get("../tables/lggan-1")
    with pytest.raises(InputError, match=r"gone\.json cannot be read"):
        definitions.read(tmp_path / "gone.json")


SPADE = Match("spade", {"cityscapes": ("cityscapes",)})


def test_a_run_of_the_row() -> None:
    assert SPADE.mismatch(make_record("spade", "cityscapes", "spade-2019", recipe="cityscapes").spec) == ""


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"method": "lggan"}, "it is of method 'lggan', the row of 'spade'"),
        ({"recipe": "quick"}, "its recipe is 'quick', the row is of 'cityscapes' on cityscapes"),
        ({"dataset": "ade20k"}, "its recipe is 'cityscapes', the row is of none of our recipes on ade20k"),
        ({"overrides": {"steps": 4, "without": []}}, "its recipe has steps=4, the row no changes"),
        (
            {"overrides": {"steps": 0, "without": ["vgg"]}},
            "its recipe has steps=0, without=['vgg'], the row no changes",
        ),
    ],
)
def test_a_run_of_something_else(spec: dict[str, Any], reason: str) -> None:
    whole = {"method": "spade", "dataset": "cityscapes", "recipe": "cityscapes", "overrides": {}}
    assert SPADE.mismatch({**whole, **spec}) == reason


def test_a_row_of_an_ablation() -> None:
    ablated = Match("spade", {"cityscapes": ("cityscapes",)}, {"without": ["vgg"]})
    spec = {"method": "spade", "dataset": "cityscapes", "recipe": "cityscapes", "overrides": {"without": ["vgg"]}}
    assert ablated.mismatch(spec) == ""
    assert ablated.mismatch({**spec, "overrides": None}) == "its recipe has no changes, the row without=['vgg']"

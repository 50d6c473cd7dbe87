"""Every definition against the published data, the outputs of our metrics, and the methods of the registry."""

from __future__ import annotations

import pytest

import generators
from sisbench import metrics, protocols
from sisbench.tables import definitions, published

TABLES = definitions.names()


def test_all_tables_of_the_papers_are_defined() -> None:
    assert [
        *("lggan-1", "lggan-2", "lggan-3-left", "lggan-3-middle", "lggan-3-right"),
        *("oasis-1", "oasis-2", "slides-oasis-1"),
    ] == TABLES


@pytest.mark.parametrize("name", TABLES)
def test_a_definition_shows_every_published_value_of_its_table(name: str) -> None:
    definition, data = definitions.get(name), published.load()
    shown = {
        (row.row.key, each.column.dataset, each.published) for row in definition.rows for each in definition.columns
    }
    shown |= {(row.row.key, "", fact.metric) for row in definition.rows for fact in definition.facts}
    there = {value.place[1:] for value in data.values if value.place.table == name}
    assert there <= shown
    for row in definition.rows:
        of_row = [value for value in data.values if value.place[:2] == (name, row.row.key)]
        assert of_row, f"{row.row.key} is not published"
        cited = {value.citation for value in of_row}
        assert row.row.citation in cited or not row.ranked  # the row of real photos is the paper's own
    for each in definition.columns:
        assert any(v.place.metric == each.published and v.place.dataset == each.column.dataset for v in data.values)
        assert {v.unit for v in data.values if v.place.table == name and v.place.metric == each.published} == {
            each.column.unit
        }


@pytest.mark.parametrize("name", TABLES)
def test_columns_are_outputs_that_their_protocol_measures(name: str) -> None:
    for each in definitions.get(name).columns:
        column = each.column
        assert (column.metric == "preference") == each.study
        if each.study:  # which no protocol measures
            assert (column.scale, column.unit) == (100, "%")
            continue
        metric = next(metrics.get(m) for m in metrics.names() if column.metric in metrics.get(m).outputs)
        assert metric.higher_is_better == column.higher_is_better, column.key
        assert (column.scale == 100) == (column.unit == "%"), column.key
        if column.protocol:
            measured = [o for m in protocols.get(column.protocol).metrics for o in metrics.get(m).outputs]
            assert column.metric in measured, column.key


@pytest.mark.parametrize("name", TABLES)
def test_rows_name_methods_and_recipes_of_the_registry(name: str) -> None:
    for row in definitions.get(name).rows:
        if row.match is not None:
            info = generators.info(row.match.method)
            assert {recipe for recipes in row.match.recipes.values() for recipe in recipes} <= set(info.recipes)
            assert not set(row.match.overrides) - {"steps", "batch_size", "width", "without"}


@pytest.mark.parametrize("name", TABLES)
def test_printed_decimals_are_those_of_the_column(name: str) -> None:
    data = published.load()
    for each in definitions.get(name).columns:
        place = (each.column.dataset, each.published)
        for value in data.values:
            if value.place.table == name and value.place[2:] == place:
                assert len(value.value.partition(".")[2]) == each.column.decimals, value


def test_the_paper_rows_that_records_of_ours_can_stand_in() -> None:
    rows = {(name, r.row.key): r.row.method for name in TABLES for r in definitions.get(name).rows if r.match}
    crossview = {
        **{"pix2pix": "pix2pix", "x-so": "xso", "x-fork": "xfork", "x-seq": "xseq"},
        **{"pix2pix-pp": "pix2pix_plus", "x-fork-pp": "xfork_plus", "x-seq-pp": "xseq_plus"},
        **{"selectiongan": "selectiongan", "lggan": "lggan_crossview"},
    }
    assert rows == {
        **{(table, row): method for table in ("lggan-1", "lggan-2") for row, method in crossview.items()},
        ("lggan-3-left", "crn"): "crn",
        ("lggan-3-left", "gaugan"): "spade",
        ("lggan-3-left", "lggan"): "lggan",
        ("lggan-3-left", "pix2pixhd"): "pix2pixhd",
        ("lggan-3-left", "sims"): "sims",
        **{("lggan-3-right", f"s{number}"): "lggan" for number in range(1, 6)},
        ("oasis-1", "cc-fpse"): "ccfpse",
        ("oasis-1", "oasis"): "oasis",
        ("oasis-1", "pix2pixhd"): "pix2pixhd",
        ("oasis-1", "spade"): "spade",
        ("oasis-1", "spade-p-no-vgg"): "spade_plus",
        ("oasis-1", "spade-p-vgg"): "spade_plus",
        ("oasis-2", "oasis-noise"): "oasis",
        ("oasis-2", "oasis-noise-vgg"): "oasis",
        ("oasis-2", "spade-p-encoder-vgg"): "spade_plus",
        ("oasis-2", "spade-p-noise"): "spade_plus",
        ("oasis-2", "spade-p-noise-vgg"): "spade_plus",
        ("slides-oasis-1", "cc-fpse"): "ccfpse",
        ("slides-oasis-1", "crn"): "crn",
        ("slides-oasis-1", "lggan"): "lggan",
        ("slides-oasis-1", "oasis"): "oasis",
        ("slides-oasis-1", "pix2pixhd"): "pix2pixhd",
        ("slides-oasis-1", "sims"): "sims",
        ("slides-oasis-1", "spade"): "spade",
        ("slides-oasis-1", "spade-p-no-vgg"): "spade_plus",
        ("slides-oasis-1", "spade-p-vgg"): "spade_plus",
    }


def test_pairs_of_methods_are_those_of_the_titles_and_go_by_the_names_of_the_registry() -> None:
    rows = [row for row in definitions.get("lggan-3-middle").rows if row.pair]
    assert [row.row.title for row in rows] == [f"{r.pair.preferred[0]} vs. {r.pair.against[0]}" for r in rows if r.pair]
    assert len(rows) == 4
    for method, row in (("lggan", rows[0]), ("spade", rows[3])):
        assert row.pair is not None
        others = (row.pair.against[0], row.pair.preferred[0])
        for name in (method, generators.info(method).title):
            assert row.pair.position(name, others[0]) or row.pair.position(name, others[1])


def test_marks_are_those_of_the_papers() -> None:
    assert definitions.get("oasis-2").marks == ("best", "worst")
    assert definitions.get("oasis-1").marks == ("best",)
    assert definitions.get("lggan-3-middle").marks == ()

"""The tidy data against plain transcriptions of the papers' tables, cell by cell, and against itself."""

from __future__ import annotations

import csv
import itertools
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from sisbench.tables import published
from sisbench.tables.published import PublishedData, PublishedValue, Side

TRANSCRIPTION = Path(__file__).parent / "transcription"
WIDE = {
    "lggan-1": "dayton_a2g.csv",
    "lggan-2": "cvusa_a2g.csv",
    "lggan-3-left": "lggan_table3_left.csv",
    "lggan-3-middle": "lggan_table3_middle.csv",
    "lggan-3-right": "lggan_table3_right.csv",
    "oasis-1": "oasis_table1.csv",
    "oasis-2": "oasis_table2.csv",
    "slides-oasis-1": "slides_oasis_table1.csv",
}
CROSSVIEW = {"lggan-1": "dayton_a2g", "lggan-2": "cvusa_a2g"}
ONE_DATASET = {**CROSSVIEW, "oasis-2": "ade20k"}
FACTS = ("params_millions", "vgg_loss", "multimodality")
DATASETS = ("cityscapes", "ade20k", "ade_outdoors", "coco_stuff")
ROW_HEADINGS: dict[str, Callable[[PublishedValue], str]] = {
    "method": lambda value: value.method,
    "comparison": lambda value: value.method,
    "setup": lambda value: value.method,
    "description": lambda value: value.variant,
    "citation_key": lambda value: value.citation,
    "year": lambda value: value.year,
}


@pytest.fixture(scope="module")
def data() -> PublishedData:
    return published.load()


def place(table: str, heading: str) -> tuple[str, str]:
    """Data set and metric of a column of a transcription."""
    if heading in FACTS:
        return "", heading
    if table in ONE_DATASET:
        return ONE_DATASET[table], heading
    dataset = next(name for name in DATASETS if heading.startswith(f"{name}_"))
    return dataset, heading.removeprefix(f"{dataset}_")


def cell(data: PublishedData, table: str, row: str, heading: str) -> str:
    dataset, metric = place(table, heading)
    if metric in ("kl_mean", "kl_std"):
        found = data.find(table, row, dataset, "kl")
        return "" if found is None else found.value if metric == "kl_mean" else found.spread
    found = data.find(table, row, dataset, metric)
    return "" if found is None else found.text


def read(name: str) -> list[list[str]]:
    with (TRANSCRIPTION / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


@pytest.mark.parametrize("table", WIDE)
def test_every_table_is_its_transcription(data: PublishedData, table: str) -> None:
    head, *expected = read(WIDE[table])
    of_table = [value for value in data.values if value.place.table == table]
    made = []
    for row, values in itertools.groupby(of_table, key=lambda value: value.place.row):
        of_row = list(values)
        line = []
        for heading in head:
            if heading in ROW_HEADINGS:
                (text,) = {ROW_HEADINGS[heading](value) for value in of_row}
            else:
                text = cell(data, table, row, heading)
            line.append(text)
        made.append(line)
    assert made == expected
    printed = sum(bool(text) for line in expected for text in line[sum(h in ROW_HEADINGS for h in head) :])
    with_spread = sum(bool(value.spread) for value in of_table)
    assert len(of_table) + with_spread == printed  # nothing besides


def test_values_of_other_sources_are_their_transcription(data: PublishedData) -> None:
    made = []
    for value in data.values:
        if value.place.table != "other-sources":
            continue
        head = [value.method, value.citation, value.year, value.place.dataset]
        tail = [value.source, value.source_table, value.note]
        metric = value.place.metric
        parts = {metric: value.value} if metric != "kl" else {"kl_mean": value.value, "kl_std": value.spread}
        made += [[*head, name, text, *tail] for name, text in parts.items()]
    assert made == read("other_sources.csv")[1:]


def test_every_file_is_transcribed() -> None:
    assert {path.name for path in TRANSCRIPTION.glob("*.csv")} == {*WIDE.values(), "other_sources.csv"}
    assert {value.place.table for value in published.load().values} == {*WIDE, "other-sources"}


SAME_METHOD = {"GauGAN": "SPADE"}
SAME_DATASET = {"dayton_a2g_256": "dayton_a2g"}
ROWS_OF_ONE_MODEL = {
    ("oasis-2", "oasis-noise"): "OASIS",
    ("lggan-3-right", "s1"): "SPADE",
    ("lggan-3-right", "s5"): "LGGAN",
}


def subject(value: PublishedValue) -> tuple[str, str, str]:
    """What a value is of, whoever prints it."""
    table, row, dataset, metric = value.place
    method = ROWS_OF_ONE_MODEL.get((table, row))
    if method is None:
        alone = table in ("oasis-2", "lggan-3-middle", "lggan-3-right")  # rows that stand in no other table
        method = f"{table}/{row}" if alone else SAME_METHOD.get(value.method, value.method)
    return method, SAME_DATASET.get(dataset, dataset), metric


def test_every_disagreement_is_a_conflict(data: PublishedData) -> None:
    by_subject = defaultdict(list)
    for value in data.values:
        by_subject[subject(value)].append(value)
    sides = {side.place: side.conflict for side in data.conflicts}
    disagreements = 0
    for values in by_subject.values():
        if len({value.text for value in values}) > 1:
            disagreements += 1
            assert len({sides.get(value.place, value.place) for value in values}) == 1, values
    assert disagreements == 14
    assert len({side.conflict for side in data.conflicts}) == disagreements + 2  # and two of a text with its table


def numbers(data: PublishedData, table: str, metric: str) -> dict[str, float]:
    return {v.place.row: float(v.value) for v in data.values if v.place.table == table and v.place.metric == metric}


def test_texts_that_say_something_else_than_their_table(data: PublishedData) -> None:
    top5, sd = numbers(data, "lggan-2", "is_top5"), numbers(data, "lggan-2", "sd")
    rgb = ("zhai", "pix2pix", "x-so", "x-fork", "x-seq")
    assert [row for row in rgb if top5[row] > top5["lggan"]] == ["x-seq"]
    assert sd["lggan"] > sd["selectiongan"]
    by_name = defaultdict(list)
    for side in data.conflicts:
        by_name[side.conflict].append(side)
    text = {name: sides for name, sides in by_name.items() if len({(s.place.dataset, s.place.row) for s in sides}) > 1}
    assert {(side.place.row, side.place.metric) for side in text["LGGAN leads all methods on RGB images"]} == {
        ("lggan", "is_top5"),
        ("x-seq", "is_top5"),
    }
    assert {side.place.row for side in text["SelectionGAN has the better SD"]} == {"lggan", "selectiongan"}


def test_a_value_in_conflict_says_what_others_print(data: PublishedData) -> None:
    value = data.find("oasis-1", "oasis", "ade20k", "miou")
    assert value is not None
    assert {side.value for side in value.disputes} == {"48.8", "48.3"}
    shown = value.for_cell()
    assert (shown.value, shown.text, shown.source, shown.table) == (50.6, "50.6", "OASIS (short paper)", "Table 1")
    assert "48.3 in other-sources (PLACE paper, Table 1)" in shown.note
    assert all(isinstance(side, Side) for side in value.disputes)


def test_papers_are_cited_and_no_others(data: PublishedData) -> None:
    assert {value.citation for value in data.values} - {""} == set(data.citations)
    for citation in data.citations.values():
        assert citation.year in citation.key
        assert {value.year for value in data.values if value.citation == citation.key} == {citation.year}

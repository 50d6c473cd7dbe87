"""Numbers as one flat list, and the filters on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sisbench.errors import InputError
from sisbench.tables import definitions, published
from sisbench.tables.measured import Candidate
from sisbench.tables.observations import KEYS, Observation, changes, observe, select
from tests.records import make_record

DEFINED = [definitions.get(name) for name in definitions.names()]
DATA = published.load()


def observed(*records: dict[str, Any], **options: Any) -> list[Observation]:
    candidates = [Candidate(make_record(**r), Path(f"{i}/record.json"), "local") for i, r in enumerate(records)]
    return observe(DATA, DEFINED, candidates, **options)


def test_every_number_has_all_keys_and_is_there_once() -> None:
    found = observed({}, {"seed": 1})
    assert all(tuple(o.keys) == KEYS for o in found)
    printed = [o for o in found if o.published]
    assert len(printed) == sum(bool(value.place.dataset) for value in DATA.values)
    assert len(found) == len(printed) + 2 * len(make_record().evaluation.results)


def test_a_published_number_has_the_protocol_that_its_table_names() -> None:
    (one,) = select(
        observed(),
        {"source": ["lggan-3-left"], "method": ["GauGAN"], "metric": ["fid_torch"], "dataset": ["cityscapes"]},
    )
    assert one.keys["protocol"] == "spade-2019"
    (other,) = select(observed(), {"method": ["SESAME"], "dataset": ["cityscapes"], "metric": ["fid"]})
    assert other.keys["protocol"] == "as in Papers-with-Code mirror (DanBmh/OpenCodePapers)"
    assert other.column.higher_is_better is False


def test_rows_that_a_paper_calls_alike_are_told_apart() -> None:
    found = select(observed(), {"source": ["oasis-2"], "method": ["SPADE+"], "metric": ["miou"]})
    assert len(found) == 3
    assert len({o.keys["variant"] for o in found}) == 3


def test_numbers_of_a_record_are_in_the_unit_of_the_papers() -> None:
    found = {o.keys["metric"]: o for o in observed({}) if not o.published}
    assert found["miou"].measured is not None
    assert found["miou"].measured.value == pytest.approx(40.5)
    assert found["miou"].column.unit == "%"
    assert found["psnr"].measured is not None
    assert found["psnr"].measured.value == 15.68
    assert found["fid"].measured is None
    assert found["fid"].reason.startswith("n/a in the record: ")


def test_a_part_of_a_split_has_a_reason_in_place_of_numbers() -> None:
    part = [o for o in observed({"complete": False}) if not o.published]
    assert {o.reason for o in part} == {"4 layouts were evaluated, not the whole split ('--incomplete' shows it)"}
    shown = [o for o in observed({"complete": False}, incomplete=True) if o.measured]
    assert shown


def test_what_a_run_changed() -> None:
    assert (
        changes({"width": 4, "steps": 0, "without": ["a", "b"], "batch_size": None}) == "steps=0, width=4, without=a+b"
    )
    assert changes({"steps": None, "without": []}) == ""


def test_filters_ignore_case_and_add_up() -> None:
    found = select(observed(), {"method": ["lggan", "Crn"], "source": ["LGGAN-3-left"]})
    assert {o.keys["method"] for o in found} == {"LGGAN", "CRN"}


def test_filters_that_nothing_fits() -> None:
    with pytest.raises(InputError, match=r"'metod' is not a key of rows, columns and filters; closest: 'method'"):
        select(observed(), {"metod": ["x"]})
    with pytest.raises(InputError, match=r"has dataset=moon; expected .*dataset is one of ade20k, ade_outdoors.*DIR"):
        select(observed(), {"dataset": ["moon"]})
    with pytest.raises(InputError, match=r"no number of a paper or of a record has dataset=ade20k, metric=psnr"):
        select(observed(), {"dataset": ["ade20k"], "metric": ["psnr"]})

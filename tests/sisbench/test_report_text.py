from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from sisbench.evaluation import Evaluation, NotAvailable, Value
from sisbench.report_text import class_tables, format_score, table


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (Value(0.512345, 0.01234, 48), "0.512 ± 0.012"),
        (Value(104.2345, 3.21, 48), "104.2 ± 3.2"),
        (Value(1234.5, 250.0, 48), "1234 ± 250"),
        (Value(100.0, 0.0, 48), "100.000 ± 0.000"),
        (Value(0.123456, None, 1), "0.1235"),
        (Value(0.5, 1e-12, 48), "0.500000 ± 0.000000"),
        (Value(5.6e-5, 2e-6, 48), "5.60e-05 ± 2.0e-06"),
        (Value(3.1416e-6, 1.2e-7, 48), "3.14e-06 ± 1.2e-07"),
        (Value(-3.1416e-6, 4e-5, 48), "-0.000003 ± 0.000040"),
        (Value(1e-9, 3e-7, 48), "1e-09 ± 3.0e-07"),
        (Value(1e-9, 0.0, 48), "1e-09 ± 0"),
        (Value(0.0, 0.0, 48), "0.000 ± 0.000"),
        (Value(0.0, 1e-14, 48), "0.000000 ± 0.000000"),
        (NotAvailable("because"), "n/a"),
    ],
)
def test_digits_follow_the_standard_error(score: Value | NotAvailable, text: str) -> None:
    assert format_score(score) == text


def test_the_table() -> None:
    evaluation = Evaluation(
        n=48,
        results={
            "fid": NotAvailable("no weights. Get them."),
            "fd_effnet": Value(85.8, 3.0, 48),
            "miou": Value(0.5, 0.01, 48),
        },
        real={"miou": Value(0.71, 0.02, 48)},
        per_class={},
        real_per_class={},
        higher_is_better={"fid": False, "fd_effnet": False, "miou": True},
        provenance={"dataset": "tinytown", "split": "val", "protocol": "tinytown-v1"},
    )
    assert table(evaluation) == "\n".join(
        [
            "tinytown val, protocol tinytown-v1, 48 generated images",
            "",
            "metric       value ± std. error   n    real images",
            "--------------------------------------------------",
            "fid ↓                       n/a",
            "fd_effnet ↓          85.8 ± 3.0  48",
            "miou ↑            0.500 ± 0.010  48  0.710 ± 0.020",
            "",
            "n/a  fid: no weights. Get them.",
        ]
    )


def test_doubts_stand_below_the_table_before_what_is_missing() -> None:
    found = plain(2, results={"fid": NotAvailable("no weights.")}, higher_is_better={"fid": False})
    found = dataclasses.replace(found, warnings=("wrong-looking segmenter (score on real images 0.1, ...)",))
    assert table(found).splitlines()[-2:] == [
        "warning  wrong-looking segmenter (score on real images 0.1, ...)",
        "n/a  fid: no weights.",
    ]


def plain(n: int, **changes: Any) -> Evaluation:
    facts = {"dataset": "images", "split": "folder", "protocol": "folders-v1"}
    found = Evaluation(n, {"psnr": Value(20.0, 0.5, n)}, {}, {}, {}, {"psnr": True}, facts)
    return dataclasses.replace(found, **changes)


def test_without_scores_of_real_images_there_is_no_such_column() -> None:
    assert table(plain(1)).splitlines() == [
        "photos in a folder, protocol folders-v1, 1 generated image",
        "",
        "metric  value ± std. error  n",
        "-----------------------------",
        "psnr ↑        20.00 ± 0.50  1",
    ]


@pytest.mark.parametrize(
    ("dataset", "split", "title"),
    [
        ("tinytown", "folder", "tinytown, photos in a folder, protocol"),
        ("images", "memory", "photos in memory, protocol"),
        ("images", "re-sampled", "images of the same layouts, protocol"),
        ("tinytown", "val", "tinytown val, protocol"),
    ],
)
def test_the_title(dataset: str, split: str, title: str) -> None:
    facts = {"dataset": dataset, "split": split, "protocol": "p", "images_per_layout": "3"}
    line = table(plain(2, provenance=facts)).splitlines()[0]
    assert line.startswith(title)
    assert line.endswith("2 layouts, 3 generated images each")


def test_numbers_by_class() -> None:
    iou, texture = {"road": Value(0.5, 0.1, 9)}, {"sky": Value(0.25, 0.05, 9)}
    real = {"iou": {"road": Value(0.75, 0.1, 9), "pole": Value(0.5, 0.1, 9)}}
    found = plain(9, per_class={"iou": iou, "lbp_chi2": texture}, real_per_class=real)
    assert class_tables(found).splitlines() == [
        "iou by class  value ± std. error  real images",
        "---------------------------------------------",
        "road                 0.50 ± 0.10  0.75 ± 0.10",
        "pole                              0.50 ± 0.10",
        "",
        "lbp_chi2 by class  value ± std. error",
        "-------------------------------------",
        "sky                     0.250 ± 0.050",
    ]
    assert class_tables(plain(9)) == ""

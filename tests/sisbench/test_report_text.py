from __future__ import annotations

import pytest

from sisbench.evaluation import Evaluation, NotAvailable, Value
from sisbench.report_text import format_score, table


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (Value(0.512345, 0.01234, 48), "0.512 ± 0.012"),
        (Value(104.2345, 3.21, 48), "104.2 ± 3.2"),
        (Value(1234.5, 250.0, 48), "1234 ± 250"),
        (Value(100.0, 0.0, 48), "100.000 ± 0.000"),
        (Value(0.123456, None, 1), "0.1235"),
        (Value(0.5, 1e-12, 48), "0.500000 ± 0.000000"),
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
        provenance={"dataset": "tinytown", "split": "val", "protocol": "tinytown-v0"},
    )
    assert table(evaluation) == "\n".join(
        [
            "tinytown val, protocol tinytown-v0, 48 generated images",
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

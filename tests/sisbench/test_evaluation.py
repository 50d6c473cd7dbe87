from __future__ import annotations

import dataclasses
import json
import subprocess
import sys

import pytest

from sisbench.errors import InputError
from sisbench.evaluation import Evaluation, NotAvailable, Scores, Value

EVALUATION = Evaluation(
    n=48,
    results={"fid": NotAvailable("no weights"), "miou": Value(0.5, 0.01, 48), "ssim": Value(1.0, None, 1)},
    real={"miou": Value(0.7, 0.02, 48)},
    per_class={"iou": {"road": Value(0.9, 0.001, 48)}},
    real_per_class={},
    higher_is_better={"fid": False, "miou": True, "ssim": True},
    provenance={"dataset": "tinytown"},
)


def test_json_and_back() -> None:
    text = json.dumps(EVALUATION.to_json(), allow_nan=False)
    assert Evaluation.from_json(json.loads(text)) == EVALUATION
    scores = Scores({"miou": Value(0.7, 0.02, 48)}, EVALUATION.per_class)
    assert Scores.from_json(json.loads(json.dumps(scores.to_json()))) == scores


def test_warnings_are_part_of_the_json_where_there_are_any() -> None:
    assert "warnings" not in EVALUATION.to_json()  # files of versions without them read alike
    doubtful = dataclasses.replace(EVALUATION, warnings=("wrong-looking segmenter",))
    written = doubtful.to_json()
    assert written["warnings"] == ["wrong-looking segmenter"]
    assert Evaluation.from_json(written) == doubtful
    with pytest.raises(InputError, match="'all is well' stands where a list of texts is expected"):
        Evaluation.from_json({**written, "warnings": "all is well"})


def test_the_form_of_a_value() -> None:
    written = EVALUATION.to_json()["results"]
    assert written["miou"] == {"value": 0.5, "stderr": 0.01, "n": 48}
    assert written["fid"] == {"not_available": "no weights"}


def with_score(**changed: object) -> dict[str, object]:
    return {"results": {"fid": {"value": 0.5, "stderr": 0.1, "n": 4, **changed}}}


def test_a_whole_number_is_a_number() -> None:
    found = Evaluation.from_json({**EVALUATION.to_json(), **with_score(value=3, stderr=None)})
    assert repr(found.results["fid"]) == "Value(value=3.0, stderr=None, n=4)"


@pytest.mark.parametrize(
    "broken",
    [
        {"n": None},
        {"n": 2.0},
        {"n": "4"},
        {"n": 0},
        {"real": None},
        {"results": {"fid": {"value": 0.5}}},
        *(with_score(value=value) for value in ("x", "0.5", "nan", "Infinity", float("nan"), True, None)),
        *(with_score(stderr=stderr) for stderr in ("0.1", float("inf"), -0.1, False)),
        *(with_score(n=n) for n in (0, -1, 4.5, "4", None, 10**400)),
        {"higher_is_better": {"fid": "false"}},
    ],
)
def test_another_json_value(broken: dict[str, object]) -> None:
    with pytest.raises(InputError, match="is not an evaluation"):
        Evaluation.from_json({**EVALUATION.to_json(), **broken})


def test_the_interval_holds_95_percent() -> None:
    assert Value(1.0, 0.5, 9).interval == pytest.approx((1 - 0.9799819922, 1 + 0.9799819922), abs=1e-9)
    assert Value(1.0, None, 1).interval is None


def test_it_needs_no_torch() -> None:
    code = "import sys, sisbench.evaluation, sisbench.report_text, sisbench.weights; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)

"""What comes of scoring again: each number by hand, and the report."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from sisbench.evaluation import Evaluation, NotAvailable, Value
from sisbench.gate.explain import Change
from sisbench.verified import Check, Verification, compared
from tests.records import make_record

EVALUATION = make_record(
    results={"psnr": Value(20.0, 0.5, 4), "fid": NotAvailable("no weights")},
    real={"miou": Value(0.5, 0.25, 4)},
    per_class={"iou": {"road": Value(0.25, None, 4)}},
).evaluation


def verification(now: Evaluation, recorded: Evaluation = EVALUATION, tolerance: float = 1e-9) -> Verification:
    record = dataclasses.replace(make_record(), evaluation=recorded)
    return Verification(record, Path("record.json"), Path("images"), tolerance, compared(recorded, now), ())


def with_result(output: str, score: Value | NotAvailable) -> Evaluation:
    return dataclasses.replace(EVALUATION, results={**EVALUATION.results, output: score})


@pytest.mark.parametrize(
    ("check", "verdict"),
    [
        (Check("x", 2.0, 2.0, 2.0), "same"),
        (Check("x", 2.0, 2.0 + 1e-9, 2.0), "same"),
        (Check("x", 2.0, 2.0 + 3e-9, 2.0), "differs"),
        (Check("x", 0.0, 0.0, 0.0), "same"),
        (Check("x", 1e-12, 2e-12, 1.0), "same"),  # a difference of large terms
        (Check("x", None, 2.0, 2.0), None),
        (Check("x", None, None, 0.0, "no weights"), None),
        (Check("x", 2.0, None, 2.0, "no weights"), "not verified"),
    ],
)
def test_one_number(check: Check, verdict: str | None) -> None:
    assert check.verdict(1e-9) == verdict


def test_the_same_evaluation() -> None:
    found = verification(EVALUATION)
    assert found.verdict == "same"
    assert {kind: len(checks) for kind, checks in found.checks.items()} == {
        "numbers": 2,
        "real images": 1,
        "standard errors": 2,
        "numbers of images": 1,
        "classes": 1,
        "single images": 4,
    }
    assert found.text().endswith("Same: every recorded number comes out again (within 1e-09, relative).")
    assert "single images: 4 numbers, all equal" in found.text()


@pytest.mark.parametrize(
    ("now", "kind", "name"),
    [
        (with_result("psnr", Value(20.0 + 1e-7, 0.5, 4)), "numbers", "psnr"),
        (with_result("psnr", Value(20.0, 0.5 + 1e-7, 4)), "standard errors", "psnr"),
        (with_result("psnr", Value(20.0, 0.5, 3)), "numbers of images", "psnr"),
        (dataclasses.replace(EVALUATION, real={"miou": Value(0.501, 0.25, 4)}), "real images", "miou"),
        (dataclasses.replace(EVALUATION, per_class={"iou": {"road": Value(0.3, None, 4)}}), "classes", "iou of road"),
        (
            dataclasses.replace(EVALUATION, per_image={"psnr": (*EVALUATION.per_image["psnr"][:3], 0.0)}),
            "single images",
            f"psnr of {EVALUATION.keys[3]}",
        ),
    ],
    ids=["number", "error", "count", "real", "class", "image"],
)
def test_any_number_may_differ(now: Evaluation, kind: str, name: str) -> None:
    found = verification(now)
    assert found.verdict == "differs"
    differing = {k: [c.name for c in checks if c.verdict(1e-9) == "differs"] for k, checks in found.checks.items()}
    assert {k: names for k, names in differing.items() if names} == {kind: [name]}
    assert f"Differs (within 1e-09, relative): {name}. Nothing that is recorded changed" in found.text()


def test_a_tolerance_is_relative() -> None:
    now = with_result("psnr", Value(20.02, 0.5, 4))
    assert verification(now, tolerance=1e-3).verdict == "same"
    assert verification(now, tolerance=0.9e-3).verdict == "differs"


def test_a_number_that_this_machine_lacks() -> None:
    found = verification(with_result("psnr", NotAvailable("no network. Fetch it.")))
    assert found.verdict == "not verified"
    assert "not verified  psnr: no network. Fetch it." in found.text()
    worse = verification(
        dataclasses.replace(with_result("psnr", NotAvailable("no network")), real={"miou": Value(0, 0, 4)})
    )
    assert worse.verdict == "differs"


def test_a_metric_that_is_gone() -> None:
    found = verification(dataclasses.replace(EVALUATION, results={}))
    assert "psnr: this version of sisbench does not compute it" in found.text()


def test_a_number_that_was_not_available_is_no_difference() -> None:
    assert verification(with_result("fid", Value(30.0, 1.0, 4))).verdict == "same"


def test_the_report() -> None:
    found = dataclasses.replace(
        verification(with_result("psnr", Value(21.0, 0.5, 4))),
        changed=(Change("images", "images_sha256", "aaa...", "bbb..."),),
        unchecked=("record.per_image.csv is not there",),
    )
    assert found.text().splitlines() == [
        "lggan, recipe quick, seed 0: tinytown val, protocol tinytown-v1, 4 images",
        "record  record.json",
        "images  images",
        "",
        "metric              recorded  now  difference",
        "------------------------------------------------------",
        "psnr                      20   21           1  differs",
        "fid                      n/a  n/a",
        "miou (real images)       0.5  0.5           0     same",
        "",
        "standard errors: 2 numbers, all equal",
        "numbers of images: 1 number, all equal",
        "classes: 1 number, all equal",
        "single images: 4 numbers, all equal",
        "",
        "not looked at  record.per_image.csv is not there",
        "",
        "changed  images_sha256: aaa..., now bbb...",
        "",
        "Differs (within 1e-09, relative): psnr. What changed since is listed above; '--tolerance' allows for another "
        "machine.",
    ]

"""What the terminal shows: aligned, byte by byte the same for the same files, and nothing that it would obey."""

from __future__ import annotations

import dataclasses

from sisbench.evaluation import NotAvailable, Value
from sisbench.gate import Matched, check
from sisbench.gate.rules import Tolerances, parse_option
from sisbench.gate.text import text
from tests.sisbench.gate.factories import subject

WEIGHTS = {"origin": "trained", "checkpoint": "last step", "state_sha256": "9" * 64}

EXPECTED = """\
lggan on tinytown, protocol tinytown-v1, recipe quick, seed 0, 4 images
baseline  b.json
record    r.json

metric       baseline  record  change     allowed           verdict
-------------------------------------------------------------------
fd_effnet ↓    170.00  165.00   -5.00        0.10          improved
fid ↓             n/a     n/a       -           -               n/a
miou ↑          0.400   0.401  +0.001  0.012 (3%)  within tolerance
psnr ↑         16.000  15.000  -1.000       0.010         REGRESSED
ssim ↑            0.5     n/a       -           -              LOST
"""


def test_a_failure_as_it_stands_on_the_terminal() -> None:
    before = subject({"ssim": 0.5}, path="b.json")
    moved = {"fd_effnet": 165.0, "miou": 0.401, "psnr": 15.0, "ssim": NotAvailable("no photos. Fetch them.")}
    after = subject(moved, path="r.json", provenance={"weights": WEIGHTS, "images_sha256": "9" * 64})
    tolerances = Tolerances([parse_option("miou=3%")])
    found = text(check(Matched(((before, after),), (), ()), tolerances))
    head, _, rest = found.partition("\n\npsnr moved most in: ")
    assert head + "\n" == EXPECTED
    assert rest.splitlines()[1:] == [
        "lost  ssim: no photos. Fetch them.",
        "n/a on both sides  fid: the weights are not here. Fetch them.",
        "improved: fd_effnet. '--update' takes the record as the baseline and keeps the gain.",
        "",
        "what else changed",
        "  images   images_sha256         bbbbbbbbbbbb... -> 999999999999...",
        "  weights  weights.state_sha256  aaaaaaaaaaaa... -> 999999999999...",
        "The weights differ: the change is in the training or in the choice of a checkpoint.",
        "",
        "FAILED: 1 regressed, 1 lost, 1 improved, 1 within tolerance, 1 n/a",
    ]


def test_strict_sets_improvements_in_capitals() -> None:
    pairs = ((subject(), subject({"psnr": 17.0})),)
    assert "IMPROVED" in text(check(Matched(pairs, (), ()), strict=True))
    assert "IMPROVED" not in text(check(Matched(pairs, (), ())))
    assert "takes the record as the baseline" not in text(check(Matched(pairs, (), ()), strict=True))


def test_an_unchanged_run_says_so_and_no_more() -> None:
    found = text(check(Matched(((subject(), subject(provenance={"time_utc": "2030"})),), (), ())))
    assert "what else changed" not in found
    assert found.endswith("\n\npassed: 3 unchanged, 1 n/a")


def test_what_stands_alone_is_named() -> None:
    missing, extra = subject(path="b.json", seed=1), subject(path="r.json", seed=2)
    found = text(check(Matched((), (missing,), (extra,))))
    assert found.splitlines() == [
        "MISSING: no record for lggan on tinytown, protocol tinytown-v1, recipe quick, seed 1 (b.json); r.json has "
        "seed 2 in place of 1.",
        "not checked: r.json (lggan on tinytown, protocol tinytown-v1, recipe quick, seed 2) has no baseline.",
        "",
        "FAILED: 1 record missing",
    ]


def test_tiny_and_large_numbers_keep_their_digits() -> None:
    results = {"kid": Value(0.00123456, 1e-5, 4), "lab_emd": Value(1234567.0, 1.0, 4), "psnr": Value(16.0, 0.3, 4)}
    pairs = ((subject(results), subject({**results, "kid": 0.00131, "psnr": 16.0 - 1e-9})),)
    rows = {
        line.split()[0]: line.split()[2:]
        for line in text(check(Matched(pairs, (), ()))).splitlines()
        if "↑" in line or "↓" in line
    }
    assert rows["kid"][:4] == ["0.00123", "0.00131", "+0.00008", "0.00010"]
    assert rows["lab_emd"][:3] == ["1234567", "1234567", "+0"]
    assert rows["psnr"][:3] == ["16.000", "16.000", "-1e-09"]
    exact = text(check(Matched(pairs, (), ()), Tolerances([parse_option("kid=0")])))
    assert "0.00123456" in exact


def test_line_breaks_and_escape_codes_in_names_are_not_obeyed() -> None:
    hostile = "x\npassed: 9 unchanged\x1b[2J\udcff"
    record = dataclasses.replace(subject({"psnr": 15.0}), label=hostile)
    lines = text(check(Matched(((subject(), record),), (), ()))).splitlines()
    assert not any(line.startswith("passed") for line in lines)
    assert lines[0].startswith("x�passed: 9 unchanged�[2J� on tinytown")
    assert "\x1b" not in "".join(lines)

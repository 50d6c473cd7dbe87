from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from sisbench.evaluation import Value
from sisbench.report.collect import collect
from sisbench.report.sections import curve, section


def test_bars_of_classes_with_the_real_images_as_a_mark(runs: Path) -> None:
    (run,) = collect([runs / "lggan"]).runs
    evaluation = dataclasses.replace(run.record.evaluation, real_per_class={"iou": {"road": Value(0.95, 0.01, 4)}})
    html = section(dataclasses.replace(run, record=dataclasses.replace(run.record, evaluation=evaluation)), 0)
    road, car = re.findall(r'<tr><th scope="row">.*?</tr>', html)
    assert 'class="bar" y="2" width="126.0"' in road  # 0.9 of 140 pixels
    assert 'class="tick" d="M133.0 0V12"' in road
    assert "<td>0.950</td>" in road
    assert "tick" not in car
    assert car.endswith("<td></td></tr>")


def test_a_curve_starts_and_ends_at_its_values() -> None:
    # 180 by 40 pixels with 2 around them; 4 is the top, 0 the bottom
    drawn = curve([(10, 0.0), (20, 4.0), (30, 1.0)])
    assert 'points="2.0,38.0 90.0,2.0 178.0,29.0"' in drawn
    assert 'aria-label="from 0 to 1, between 0 and 4"' in drawn
    assert 'points="2.0,38.0"' in curve([(10, 3.0)])


def test_long_curves_are_averaged_to_120_points() -> None:
    drawn = curve([(step, float(step % 2)) for step in range(240)])
    points = re.findall(r"([\d.]+),([\d.]+)", drawn.split("points=")[1])
    assert len(points) == 120
    assert {y for _, y in points} == {"38.0"}  # neighbours average to 0.5 each: a flat line


def test_training_and_provenance_are_there(runs: Path) -> None:
    (run,) = collect([runs / "lggan"]).runs
    html = section(run, 3)
    assert 'id="run-3"' in html
    assert "Training, to step 500" in html
    assert html.count('class="curve"') == 3
    assert run.record.digest is not None
    assert run.record.digest in html
    assert "<dt><bdi>torch</bdi></dt><dd><bdi>2.13.0+cpu</bdi></dd>" in html

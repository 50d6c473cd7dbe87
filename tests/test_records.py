"""What records of tests say of a metric is what the metric itself says."""

from __future__ import annotations

from sisbench import metrics
from tests.records import make_record


def test_directions_are_those_of_the_metrics() -> None:
    directions = {
        output: metrics.get(name).higher_is_better for name in metrics.names() for output in metrics.get(name).outputs
    }
    made = make_record(results=dict.fromkeys(directions, 1.0)).evaluation.higher_is_better
    assert made == directions

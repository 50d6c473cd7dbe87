"""A run in words: its settings in one line, everything that its record says, and the command that repeats it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from sisbench.errors import counted
from sisbench.report.collect import Run

_OPTIONS = ("steps", "batch_size", "width")
"""Overrides of a recipe that are options of 'sisbench run' with a dash in place of the underscore."""


def short_facts(run: Run) -> str:
    """Return what tells a run from others of its method: recipe, what was changed of it, seed, checkpoint, sample."""
    spec, weights = run.record.spec, run.record.provenance.get("weights", {})
    changed = [f"{name.replace('_', ' ')} {one}" for name, value in _overrides(run).items() for one in _each(value)]
    origin = ["given checkpoint"] if isinstance(weights, dict) and weights.get("origin") == "file" else []
    count = counted(run.record.evaluation.n, "layout")  # each may have several images
    part = [] if run.record.provenance.get("complete", True) else [f"only {count} of the split"]
    return ", ".join([f"{spec.get('recipe')} recipe", *changed, f"seed {spec.get('seed')}", *origin, *part])


def command(run: Run) -> str:
    """Return the command that repeats a run, for a shell; a checkpoint is left to be named."""
    spec, words = run.record.spec, ["sisbench", "run"]
    for name in ("method", "dataset", "protocol", "recipe"):
        words += [f"--{name}", str(spec.get(name))]
    if spec.get("weights_sha256"):
        words += ["--weights", "CHECKPOINT"]
    for name, value in _overrides(run).items():
        for one in _each(value):
            words += [f"--{name.replace('_', '-')}", str(one)]
    if spec.get("limit") is not None:
        words += ["--limit", str(spec["limit"])]
    return shlex.join([*words, "--seed", str(spec.get("seed"))])


def everything(run: Run) -> dict[str, Mapping[str, Any]]:
    """Return all that a record says besides its numbers, in titled groups."""
    record = run.record
    return {
        "Run": record.spec,
        "Numbers rest on": record.evaluation.provenance,
        "Made with": record.provenance,
        "Time in seconds": record.timing,
        "Record": {"file": "/".join(run.path.parts[-2:]), "digest": record.digest or "none (schema 1 had none)"},
    }


def _overrides(run: Run) -> dict[str, Any]:
    given = run.record.spec.get("overrides") or {}
    changed = {name: given[name] for name in _OPTIONS if given.get(name) is not None}
    return {**changed, **({"without": given["without"]} if given.get("without") else {})}


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

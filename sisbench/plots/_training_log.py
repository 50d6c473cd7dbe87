"""The log of a training: what every term was at the logged steps. `generators` writes it, one JSON object a line."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from sisbench.errors import InputError

LOG = "losses.jsonl"


class Curve(NamedTuple):
    """Values of one term.

    Attributes:
        steps: Rising.
        values: At each of them; finite.
    """

    steps: tuple[int, ...]
    values: tuple[float, ...]


Curves = Mapping[str, Curve]
"""By name of the term."""


def read(path: Path) -> dict[str, Curve]:
    """Read the log of a run.

    Args:
        path: Its folder, or the file. A last line that was cut short by a kill is left out, as the run leaves it out
            when it continues.

    Raises:
        InputError: The file is missing, empty, or a line of it is damaged or not finite.
    """
    file = path / LOG if path.is_dir() else path
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise InputError(
            f"{file} cannot be read as a training log ({reason}); expected the folder of a run that was trained. Give "
            f"a folder with {LOG}; runs from a given checkpoint have none."
        ) from error
    lines = text.splitlines()
    if lines and not text.endswith("\n"):
        lines.pop()
    points: dict[str, list[tuple[int, float]]] = {}
    last = -math.inf
    for number, line in enumerate(lines, start=1):
        step, values = _values(line, f"{file}, line {number}")
        if step <= last:
            raise InputError(
                f"{file}, line {number}: step {step} after step {last}; expected rising steps. The file was edited, or "
                "two runs have written to it: train again, into an empty folder."
            )
        last = step
        for name, value in values.items():
            points.setdefault(name, []).append((step, value))
    if not points:
        raise InputError(
            f"{file} holds no step; expected at least one line of losses. Train for longer than the steps between two "
            "lines."
        )
    return {name: Curve(*zip(*values, strict=True)) for name, values in points.items()}


def _values(line: str, where: str) -> tuple[int, dict[str, float]]:
    try:
        entry = json.loads(line)
        step = int(entry.pop("step"))
        found = {name: float(value) for name, value in entry.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f'{where} is damaged ({error}); expected JSON such as {{"step": 10, "g/gan": 0.5}}. Remove the line, or '
            "train again."
        ) from error
    bad = [f"{name} = {value}" for name, value in found.items() if not math.isfinite(value)]
    if bad:
        raise InputError(
            f"{where}: {', '.join(bad)}; expected finite numbers. The run diverged, or the file was edited."
        )
    return step, found

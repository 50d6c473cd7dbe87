"""Studies for tests: folders of small images, keys without images, answers as raters would give them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sisbench.study.answers import check
from sisbench.study.design import Choice, Trial, plan
from sisbench.study.key import Key


def keys(n: int) -> list[str]:
    return [f"scene_{number:03d}" for number in range(n)]


def folder(root: Path, names: Sequence[str], tint: int = 0, size: tuple[int, int] = (32, 16)) -> Path:
    """Write one noisy RGB picture per name; pictures of two tints differ."""
    root.mkdir(parents=True, exist_ok=True)
    for name in names:
        rng = np.random.default_rng([tint, *name.encode()])
        pixels = rng.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
        Image.fromarray(pixels).save(root / f"{name}.png")
    return root


def layout_folder(root: Path, names: Sequence[str], size: tuple[int, int] = (32, 16)) -> Path:
    """Write one map of label ids per name."""
    root.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        Image.fromarray(np.full((size[1], size[0]), number % 30, dtype=np.uint8)).save(root / f"{name}.png")
    return root


def make_key(methods: Sequence[str] = ("lggan", "spade"), layouts: int = 8, seed: int = 0, **numbers: int) -> Key:
    """A key of a study that was never drawn."""
    wanted = {"trials": 8, "vigilance": 2, "raters": 3} | numbers
    trials = plan(methods, keys(layouts), seed=seed, **wanted)
    digests = {method: hashlib.sha256(method.encode()).hexdigest() for method in methods}
    return Key("Which one?", None, "tinytown", seed, wanted["raters"], digests, tuple(trials))


def prefer(method: str) -> Callable[[Trial], Choice]:
    """A careful rater who takes one method wherever it is shown, else the first image."""

    def choose(trial: Trial) -> Choice:
        if trial.vigilance:
            return trial.intact
        return "second" if trial.second.method == method else "first"

    return choose


def sheet(key: Key, rater: int, choose: Callable[[Trial], Choice], count: int | None = None) -> dict[str, Any]:
    """The JSON that a page would save for a rater who answered the first `count` trials."""
    asked = [trial for trial in key.trials if trial.rater == rater][:count]
    answers = []
    for number, trial in enumerate(asked):
        choice, milliseconds = choose(trial), 1000 + number
        answers.append(
            {
                "trial": trial.id,
                "choice": choice,
                "milliseconds": milliseconds,
                "check": check(key.study, rater, trial.id, choice, milliseconds),
            }
        )
    return {"kind": "sisbench study answers", "schema": 1, "study": key.study, "rater": rater, "answers": answers}


def save(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path

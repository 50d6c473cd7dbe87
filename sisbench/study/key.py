"""The key of a study: which image of which trial was whose. Raters must not see it; scores cannot be had without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sisbench import sealed
from sisbench.errors import InputError
from sisbench.files import write_json
from sisbench.study.design import Shown, Trial

SCHEMA = 1
_KIND = "sisbench study key"
_ADVICE = "Give the .key.json that 'sisbench study make' wrote beside the page."


@dataclass(frozen=True)
class Key:
    """Everything about a study but its pictures.

    Attributes:
        question: What raters were asked.
        seconds: How long each pair was visible; None is as long as raters like.
        dataset: Name of the card, where one was given.
        seed: Seed of the plan.
        raters: Number of raters.
        methods: Digest of the shown images by name of the method, in the order of the comparisons: of a pair, the
            method that stands earlier here is the one whose preference is reported.
        trials: All trials, by rater, in the order shown.
    """

    question: str
    seconds: float | None
    dataset: str | None
    seed: int
    raters: int
    methods: Mapping[str, str]
    trials: tuple[Trial, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON value with its digest."""
        return sealed.seal(
            {
                "kind": _KIND,
                "schema": SCHEMA,
                "question": self.question,
                "seconds": self.seconds,
                "dataset": self.dataset,
                "seed": self.seed,
                "raters": self.raters,
                "methods": [{"name": name, "images_sha256": digest} for name, digest in self.methods.items()],
                "trials": [_trial_to_json(trial) for trial in self.trials],
            }
        )

    @property
    def study(self) -> str:
        """Name of the study that answers refer to: the digest of the key."""
        return str(self.to_json()["digest"])

    def write(self, path: Path) -> None:
        """Write the key atomically.

        Raises:
            InputError: The file cannot be written.
        """
        write_json(path, self.to_json())

    @classmethod
    def read(cls, path: Path) -> Key:
        """Read a key.

        Raises:
            InputError: It is missing, damaged, edited, of a newer schema or something else.
        """
        value = sealed.load(path, "the key of a study", _ADVICE)
        if not isinstance(value, dict) or value.get("kind") != _KIND:
            raise InputError(f"{path} is not the key of a study. {_ADVICE}")
        if value.get("schema") != SCHEMA:
            raise InputError(
                f"{path} has schema {value.get('schema')!r}; this version of sisbench reads schema {SCHEMA}. Score the "
                "study with the version that made it, or a newer one."
            )
        sealed.require_seal(value, path)
        return cls(
            value["question"],
            value["seconds"],
            value["dataset"],
            value["seed"],
            value["raters"],
            {method["name"]: method["images_sha256"] for method in value["methods"]},
            tuple(
                Trial(one["id"], one["rater"], one["layout"], Shown(**one["first"]), Shown(**one["second"]))
                for one in value["trials"]
            ),
        )


def _trial_to_json(trial: Trial) -> dict[str, Any]:
    sides = {
        name: {"method": shown.method, "degraded": shown.degraded}
        for name, shown in (("first", trial.first), ("second", trial.second))
    }
    return {"id": trial.id, "rater": trial.rater, "layout": trial.layout, **sides}

"""A run's record: its numbers, and all that is needed to repeat or to distrust them.

JSON with a schema version. `spec` says what was asked for and what it resolved to, `evaluation` holds the numbers,
`provenance` what they rest on, `timing` what they cost. Two runs of one spec on one machine differ in `timing` and in
the times of `provenance` alone. Reading a record needs no torch.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sisbench.errors import InputError
from sisbench.evaluation import Evaluation
from sisbench.files import write_json

SCHEMA = 1
_PACKAGES = (
    "sisbench",
    "torch",
    "torchvision",
    "torchmetrics",
    "torch-fidelity",
    "timm",
    "lightning-fabric",
    "numpy",
    "pillow",
)


@dataclass(frozen=True)
class RunRecord:
    """One measured run.

    Attributes:
        spec: Method, data set, protocol, recipe (named, overridden, resolved), seed, weights: what determines the run.
        evaluation: The numbers.
        provenance: Versions, machine, digests, and how the weights came about.
        timing: Seconds by stage.
    """

    spec: Mapping[str, Any]
    evaluation: Evaluation
    provenance: Mapping[str, Any]
    timing: Mapping[str, float]

    def write(self, path: Path) -> None:
        """Write the record atomically."""
        value = {
            "schema": SCHEMA,
            "spec": self.spec,
            "evaluation": self.evaluation.to_json(),
            "provenance": self.provenance,
            "timing": self.timing,
        }
        write_json(path, value)

    @classmethod
    def read(cls, path: Path) -> RunRecord:
        """Read a record.

        Raises:
            InputError: The file is missing, damaged, no record, or of a newer schema.
        """
        try:
            value = json.loads(path.read_text())
            schema = value["schema"]
            if schema != SCHEMA:
                raise InputError(
                    f"{path} has record schema {schema!r}; this version of sisbench reads {SCHEMA}. Update sisbench."
                )
            return cls(value["spec"], Evaluation.from_json(value["evaluation"]), value["provenance"], value["timing"])
        except (OSError, json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
            raise InputError(
                f"{path} cannot be read as a run record ({type(error).__name__}: {error}). Give a record.json that "
                "'sisbench run' wrote."
            ) from error


def environment(device: str, threads: int) -> dict[str, Any]:
    """Describe this machine and these versions."""
    return {
        "time_utc": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "device": device,
        "threads": threads,
        "packages": {name: _version(name) for name in _PACKAGES},
        "git": _git(),
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _git() -> dict[str, Any] | None:
    """Commit of the source tree and whether it was changed; None where sisbench does not run from one."""
    root = Path(__file__).parents[1]
    if not (root / ".git").exists():
        return None
    try:
        head = _output(["git", "-C", os.fspath(root), "rev-parse", "HEAD"])
        dirty = bool(_output(["git", "-C", os.fspath(root), "status", "--porcelain"]))
    except (OSError, subprocess.CalledProcessError):
        return None  # no git program, or a checkout without a commit
    return {"commit": head, "dirty": dirty}


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

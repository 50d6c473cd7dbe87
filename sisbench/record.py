"""A run's record: its numbers, and all that is needed to repeat or to distrust them.

JSON with a schema version and a digest. `spec` says what was asked for and what it resolved to, `evaluation` holds
the numbers, `provenance` what they rest on, `timing` what they cost. Two runs of one spec on one machine differ in
`timing` and in the times of `provenance` alone. Reading a record needs no torch.
"""

from __future__ import annotations

import dataclasses
import datetime
import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sisbench import plugins, sealed
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation
from sisbench.files import write_json

SCHEMA = 2
_ADVICE = "Give a record.json that 'sisbench run' wrote."
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
        provenance: Versions, machine, digests, how the weights came about, number of the generator's parameters.
        timing: Seconds by stage, and as "generate_images" how many images were made in those of "generate".
        digest: SHA-256 of all of this (see `sealed`), of a record that was read or sealed; None before, and for records
            of schema 1, which had none.
    """

    spec: Mapping[str, Any]
    evaluation: Evaluation
    provenance: Mapping[str, Any]
    timing: Mapping[str, float]
    digest: str | None = field(default=None, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON value of the record, of the newest schema and with its digest."""
        return sealed.seal(
            {
                "schema": SCHEMA,
                "spec": self.spec,
                "evaluation": self.evaluation.to_json(),
                "provenance": self.provenance,
                "timing": self.timing,
            }
        )

    def sealed(self) -> RunRecord:
        """Return the record with its digest."""
        return dataclasses.replace(self, digest=self.to_json()["digest"])

    def write(self, path: Path) -> None:
        """Write the record atomically, with its digest."""
        write_json(path, self.to_json())

    @classmethod
    def read(cls, path: Path) -> RunRecord:
        """Read a record of any schema so far.

        Raises:
            InputError: The file is missing, damaged, edited, no record, of a newer schema, or holds NaN.
        """
        return cls.from_json(sealed.load(path, "a run record", _ADVICE), path)

    @classmethod
    def from_json(cls, value: Any, path: Path) -> RunRecord:
        """Return the record of a JSON value that `sealed.load` has read.

        Args:
            value: What the file holds.
            path: The file, for messages.

        Raises:
            InputError: The value is no record, of a newer schema, or was edited.
        """
        try:
            schema = value["schema"]
            if type(schema) is int and schema > SCHEMA:
                raise InputError(
                    f"{path} has record schema {schema}; this version of sisbench reads 1 to {SCHEMA}. Update sisbench."
                )
            if type(schema) is not int or schema < 1:
                raise ValueError(f"its schema is {schema!r}")
            parts = {name: value[name] for name in ("spec", "provenance", "timing")}
            for name, part in parts.items():
                if not isinstance(part, dict):
                    raise TypeError(f"its {name!r} is no object")
            digest = sealed.require_seal(value, path) if schema > 1 or "digest" in value else None
            return cls(evaluation=Evaluation.from_json(value["evaluation"]), digest=digest, **parts)
        except InputError as error:
            raise error if str(path) in str(error) else InputError(f"{path}: {error}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{path} cannot be read as a run record ({type(error).__name__}: {error}). {_ADVICE}"
            ) from error


def environment(device: str, threads: int, device_name: str | None = None) -> dict[str, Any]:
    """Describe this machine and these versions.

    Args:
        device: Kind and number of the device, as torch calls it ("cuda:0").
        threads: Number of threads.
        device_name: What the device calls itself; None where that is unknown.
    """
    return {
        "time_utc": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "device": device,
        "device_name": device_name,
        "threads": threads,
        "packages": {name: _version(name) for name in _PACKAGES},
        "plugins": plugins.used(),
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

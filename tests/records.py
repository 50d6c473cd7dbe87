"""Records and run folders for tests, made in milliseconds: plausible, whole, and without torch.

Numbers of a real data set and protocol carry the real digests, so that what validates records accepts these.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from sisbench import datasets, per_image, protocols
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation, NotAvailable, Value
from sisbench.files import write_json
from sisbench.record import RunRecord

Result = Value | NotAvailable | float | str
"""A number with or without its error, or the reason why there is none."""

RESULTS: Mapping[str, Result] = {
    "fd_effnet": Value(170.5, 8.5, 4),
    "fid": NotAvailable("the weights are not here. Fetch them."),
    "miou": Value(0.405, 0.017, 4),
    "accuracy": Value(0.831, 0.011, 4),
    "ssim": Value(0.486, 0.015, 4),
    "psnr": Value(15.68, 0.28, 4),
}
LOWER_IS_BETTER = ("fd_", "fid", "kid", "kl", "lab_emd", "lbp", "ms_ssim", "crossview_kl")


def make_record(
    method: str = "lggan",
    dataset: str = "tinytown",
    protocol: str = "tinytown-v1",
    results: Mapping[str, Result] | None = None,
    *,
    n: int = 4,
    keys: Sequence[str] | None = None,
    real: Mapping[str, Result] | None = None,
    per_class: Mapping[str, Mapping[str, Value]] | None = None,
    complete: bool = True,
    provenance: Mapping[str, Any] | None = None,
    timing: Mapping[str, float] | None = None,
    facts: Mapping[str, str] | None = None,
    **spec: Any,
) -> RunRecord:
    """Make a sealed record.

    Args:
        method: Name of the method; any text.
        dataset: Name of the data set; any text, digests of a registered one are real.
        protocol: Name of the protocol, likewise.
        results: By output; a bare number has an error of 1 % of it, a text is the reason of an n/a.
        n: Number of images, unless keys are given.
        keys: Keys of the images; default: the data set's own, else numbers.
        real: Scores of the real images.
        per_class: By quantity, then class.
        complete: Whether the whole split was evaluated.
        provenance: Entries of the run's provenance to add or replace.
        timing: Replaces the whole timing.
        facts: Entries of the evaluation's provenance to add or replace.
        **spec: Entries of the spec to add or replace (recipe, seed, limit, ...).
    """
    names = tuple(keys) if keys is not None else sample_keys(dataset, n)
    scores = {output: _score(given, len(names)) for output, given in (RESULTS if results is None else results).items()}
    card_sha256, protocol_sha256 = _digests(dataset, protocol)
    evaluation = Evaluation(
        n=len(names),
        results=scores,
        real={output: _score(given, len(names)) for output, given in (real or {}).items()},
        per_class=per_class or {},
        real_per_class={},
        higher_is_better={output: not output.startswith(LOWER_IS_BETTER) for output in scores},
        provenance={
            "dataset": dataset,
            "card_sha256": card_sha256,
            "split": "val",
            "size": "128x256",
            "samples_sha256": "5" * 64,
            "protocol": protocol,
            "protocol_sha256": protocol_sha256,
            "feature:effnet": "e" * 64,
            "segmenter:drn_d_22_quarter.tinytown": "d" * 64,
            **(facts or {}),
        },
        keys=names,
        per_image={
            output: _column(f"{method} {output}", score, len(names))
            for output, score in scores.items()
            if isinstance(score, Value)
        },
    )
    return RunRecord(
        spec={**_spec(method, dataset, protocol, card_sha256, protocol_sha256), **spec},
        evaluation=evaluation,
        provenance={**_provenance(complete), **(provenance or {})},
        timing={"train": 100.0, "generate": 2.0, "generate_images": len(names), "evaluate": 3.0}
        if timing is None
        else timing,
    ).sealed()


def write_run(
    folder: Path,
    record: RunRecord | None = None,
    *,
    images: bool = True,
    size: tuple[int, int] = (32, 64),
    stages: Sequence[str] = (),
    semantics: bool = False,
) -> Path:
    """Write a run folder: record.json, record.per_image.csv, losses.jsonl, and the pictures that were asked for.

    Args:
        folder: Where.
        record: Its record; default: `make_record()`.
        images: Whether to write images/KEY.png, or images/KEY/00.png ... where the spec has several per layout.
        size: Height and width of all pictures.
        stages: Names of stages/NAME/KEY.png to write.
        semantics: Whether to write semantics/KEY.png.

    Returns:
        The folder.
    """
    record = record or make_record()
    record.write(folder / "record.json")
    write_json(folder / "spec.json", record.spec)
    per_image.write(folder / "record.per_image.csv", record.evaluation.keys, record.evaluation.per_image)
    losses = [{"step": step, "g/gan": 1 / step, "d/real": 0.5, "d/fake": 0.5} for step in range(50, 501, 50)]
    (folder / "losses.jsonl").write_text("".join(json.dumps(line) + "\n" for line in losses))
    places = [*(["images"] if images else []), *(f"stages/{name}" for name in stages)]
    for place in [*places, *(["semantics"] if semantics else [])]:
        for key in record.evaluation.keys:
            for path in _files(folder / place, key, int(record.spec["images_per_layout"])):
                write_picture(path, f"{record.spec['method']} {place} {path.name} {key}", size)
    return folder


def write_picture(path: Path, seed: str, size: tuple[int, int] = (32, 64)) -> None:
    """Write a PNG picture of a colour gradient that its seed determines."""
    draw = random.Random(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    corners = Image.new("RGB", (2, 2))
    corners.putdata([tuple(draw.randrange(256) for _ in range(3)) for _ in range(4)])
    corners.resize((size[1], size[0]), Image.Resampling.BILINEAR).save(path, "PNG")


def sample_keys(dataset: str, n: int) -> tuple[str, ...]:
    """Keys of the first samples of a data set's evaluated split; numbers where the data is not at hand."""
    try:
        data = datasets.get(dataset)
        found = sorted(item.key for item in data.index(datasets.locate(data, None), data.card.eval_split))
    except InputError:
        found = []
    return tuple(found[:n]) if len(found) >= n else tuple(f"{number:06d}" for number in range(n))


def _score(given: Result, n: int) -> Value | NotAvailable:
    match given:
        case Value():
            return given._replace(n=n)
        case NotAvailable():
            return given
        case str():
            return NotAvailable(given)
    return Value(float(given), abs(given) / 100, n)


def _column(seed: str, score: Value, n: int) -> tuple[float, ...]:
    """Pseudo-values whose mean is the number and whose standard error is its own."""
    draw = random.Random(seed)
    noise = [draw.gauss(0, 1) for _ in range(n)]
    mean = math.fsum(noise) / n
    spread = math.sqrt(math.fsum((x - mean) ** 2 for x in noise) / max(1, n * (n - 1)))
    scale = (score.stderr or 0.0) / spread if spread else 0.0
    return tuple(score.value + scale * (x - mean) for x in noise)


def _digests(dataset: str, protocol: str) -> tuple[str, str]:
    try:
        card = datasets.get(dataset).card.digest()
    except InputError:
        card = "c" * 64
    try:
        return card, protocols.get(protocol).digest()
    except InputError:
        return card, "f" * 64


def _files(folder: Path, key: str, count: int) -> list[Path]:
    return [folder / f"{key}.png"] if count == 1 else [folder / key / f"{number:02d}.png" for number in range(count)]


def _spec(method: str, dataset: str, protocol: str, card_sha256: str, protocol_sha256: str) -> dict[str, Any]:
    return {
        "method": method,
        "dataset": dataset,
        "protocol": protocol,
        "recipe": "quick",
        "overrides": {"steps": None, "batch_size": None, "width": None, "without": []},
        "resolved_recipe": {
            "source": "ours",
            "size": None,
            "model": {"width": 8, "hidden": 16, "upsampling": "more"},
            "discriminator": {"width": 16, "layers": 3, "scales": 2},
            "loss_weights": {"gan": 1.0, "feature_matching": 10.0},
            "batch_size": 1,
            "epochs": 0,
            "decay_epochs": 0,
            "steps": 650,
            "decay_steps": 300,
        },
        "weights_sha256": None,
        "seed": 0,
        "limit": None,
        "images_per_layout": 1,
        "card_sha256": card_sha256,
        "protocol_sha256": protocol_sha256,
    }


def _provenance(complete: bool) -> dict[str, Any]:
    return {
        "weights": {"origin": "trained", "checkpoint": "last step", "state_sha256": "a" * 64},
        "parameters": 123_456,
        "images_sha256": "b" * 64,
        "plugins": {},
        "complete": complete,
        "processes": 1,
        "time_utc": "2026-01-02T03:04:05+00:00",
        "python": "3.11.7",
        "platform": "Linux x86_64",
        "device": "cpu",
        "device_name": None,
        "threads": 1,
        "packages": {"sisbench": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "pillow": "13.0.0"},
        "git": {"commit": "0" * 40, "dirty": False},
    }

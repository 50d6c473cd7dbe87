"""A segmenter of the user's in place of a protocol's: by a file of weights, by a configuration of mmsegmentation."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

import segmenters
from sisbench import datasets, images, protocols
from sisbench.card import Protocol
from sisbench.cli.evaluate import evaluate
from sisbench.data import Samples
from sisbench.errors import InputError
from sisbench.reading import View, open_segmenter, scored_by

CARD = datasets.get("tinytown").card
OWN = "drn_d_22_quarter.tinytown"


def segmentation_of(protocol: Protocol) -> Any:
    return protocol.scoring("tinytown").segmentation


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photos of the validation split as somebody's generated images."""
    folder = tmp_path_factory.mktemp("results")
    dataset = datasets.get("tinytown")
    for sample in Samples(dataset, datasets.locate(dataset), "val"):
        images.save_png(folder / f"{sample.key}.png", sample.image)
    return folder


def run(*words: object) -> dict[str, Any]:
    """Evaluate, and return what was written."""
    done = CliRunner().invoke(evaluate, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return dict(json.loads(Path(str(words[-1])).read_text()))


def test_everything_but_the_segmenter_stays() -> None:
    base = protocols.get("oasis-2021")
    changed = scored_by(base, "cityscapes", "drn_d_22", Path("own.pth"))
    assert changed.name == "oasis-2021+drn_d_22"
    assert [scoring.dataset for scoring in changed.scorings] == ["cityscapes"]
    before, after = base.scoring("cityscapes").segmentation, changed.scoring("cityscapes").segmentation
    assert before is not None
    assert after is not None
    assert (after.segmenter, after.weights, after.input_scale) == ("drn_d_22", "own.pth", 1.0)
    assert (after.truth_size, after.iou_classes) == (before.truth_size, before.iou_classes)
    assert changed.metrics == base.metrics


def test_no_digest_depends_on_where_a_file_lies() -> None:
    base = protocols.get("tinytown-v1")
    here, there = (scored_by(base, "tinytown", "drn_d_22", Path(place)) for place in ("a.pth", "/b/c.pth"))
    assert here.digest() == there.digest() != base.digest()
    assert View.of(segmentation_of(here)) != View.of(segmentation_of(there))


def test_a_path_of_a_configuration_stays_out_of_the_name() -> None:
    changed = scored_by(protocols.get("tinytown-v1"), "tinytown", "mmseg:/home/me/mine.py", Path("own.pth"))
    assert changed.name == "tinytown-v1+mmseg:mine"
    assert segmentation_of(changed).segmenter == "mmseg:/home/me/mine.py"


def test_the_protocols_own_segmenter_by_a_file_gives_its_numbers(results: Path, tmp_path: Path) -> None:
    common = ("--fake", results, "--dataset", "tinytown", "--metrics", "miou", "--cache", tmp_path / "cache")
    file = segmenters.find(OWN)
    base = run(*common, "--output", tmp_path / "base.json")
    own = run(*common, "--segmenter", "drn_d_22_quarter", "--weights", file, "--output", tmp_path / "own.json")
    assert own["results"] == base["results"]
    assert own["provenance"]["protocol"] == "tinytown-v1+drn_d_22_quarter"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert own["provenance"]["segmenter:drn_d_22_quarter"] == digest


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--weights", "own.pth"], "'--weights' is a file for '--segmenter', which is missing"),
        (["--segmenter", OWN, "--protocol", "all-miou"], "not with '--protocol all-miou'"),
        (["--segmenter", OWN, "--protocol", "oasis-2021"], "does not cover data set 'tinytown'"),
    ],
)
def test_what_does_not_go_together(results: Path, words: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        CliRunner().invoke(evaluate, ["--fake", str(results), "--dataset", "tinytown", *words], catch_exceptions=False)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--segmenter", "drn_d_222"], "closest: 'drn_d_22'"),
        (["--segmenter", "drn_d_22"], "names no weights"),
        (["--segmenter", "drn_d_22", "--weights", "absent.pth"], "absent.pth"),
    ],
)
def test_a_wrong_segmenter_is_told_of_before_the_work(results: Path, words: list[str], message: str) -> None:
    with pytest.raises(segmenters.SegmenterError, match=message):
        CliRunner().invoke(evaluate, ["--fake", str(results), "--dataset", "tinytown", *words], catch_exceptions=False)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, tuple[str, ...]]:
    """A narrow model of mmsegmentation that knows the data set's classes in another order, and two more."""
    if importlib.util.find_spec("mmseg") is None:
        pytest.skip(
            "mmsegmentation is not installed: it was not tried on the command line (pip install 'sisbench[mmseg]')"
        )
    from segmenters._mmcv_lite import ensure_mmseg
    from segmenters._mmseg import read_configuration

    ensure_mmseg()
    folder = tmp_path_factory.mktemp("mmseg")
    names = ("stars", *reversed([label.name for label in CARD.train_classes]), "moon")
    read = read_configuration("upernet_r18_4xb4-160k_ade20k-512x512")
    head, auxiliary = read.model.decode_head, read.model.auxiliary_head
    head.channels, auxiliary.channels, head.num_classes, auxiliary.num_classes = 8, 4, len(names), len(names)
    read.model.backbone.base_channels = read.model.backbone.stem_channels = 8
    head.in_channels, auxiliary.in_channels = [8, 16, 32, 64], 32
    read.test_pipeline[1].scale = (256, 64)
    read.test_dataloader.dataset.metainfo = {"classes": list(names)}
    read.dump(str(folder / "narrow.py"))
    torch.manual_seed(0)
    made = segmenters.create(f"mmseg:{folder / 'narrow.py'}")
    state = {key.removeprefix("model."): value for key, value in made.state_dict().items()}
    torch.save({"state_dict": state}, folder / "narrow.pth")
    return f"mmseg:{folder / 'narrow.py'}", folder / "narrow.pth", names


def test_a_model_of_mmsegmentation_labels_with_the_classes_of_the_data_set(
    model: tuple[str, Path, tuple[str, ...]],
) -> None:
    name, weights, names = model
    changed = scored_by(protocols.get("tinytown-v1"), "tinytown", name, weights)
    found = open_segmenter(View.of(segmentation_of(changed)), CARD, torch.device("cpu"))
    photo = torch.randint(0, 256, (1, 3, 64, 128), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    own = segmenters.create(name, weights=weights)
    (scores,) = own.evidences(photo, [None])
    order = [names.index(label.name) for label in CARD.train_classes]
    assert torch.equal(found(photo), scores[:, order].argmax(1))


def test_a_model_of_mmsegmentation_on_the_command_line(
    model: tuple[str, Path, tuple[str, ...]], results: Path, tmp_path: Path
) -> None:
    name, weights, _ = model
    words = ("--fake", results, "--dataset", "tinytown", "--metrics", "miou", "--cache", tmp_path / "cache")
    found = run(*words, "--segmenter", name, "--weights", weights, "--output", tmp_path / "found.json")
    assert found["provenance"]["protocol"] == "tinytown-v1+mmseg:narrow"
    digest = found["provenance"][f"segmenter:{name}"]
    assert digest.startswith(hashlib.sha256(weights.read_bytes()).hexdigest() + ", configuration ")
    assert found["results"]["miou"]["value"] == found["real"]["miou"]["value"]


def test_a_model_that_lacks_classes_is_refused(model: tuple[str, Path, tuple[str, ...]]) -> None:
    name, weights, _ = model
    card = datasets.get("ade20k").card
    changed = scored_by(protocols.get("oasis-2021"), "ade20k", name, weights)
    choice = changed.scoring("ade20k").segmentation
    assert choice is not None
    with pytest.raises(segmenters.SegmenterError, match=r"lacks .* of the 150 classes asked for"):
        open_segmenter(View.of(choice), card, torch.device("cpu"))

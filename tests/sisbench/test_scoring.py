from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import segmenters
from sisbench import _feeds, datasets, images, protocols
from sisbench.card import Protocol
from sisbench.data import Samples
from sisbench.errors import InputError
from sisbench.evaluation import Value
from sisbench.features import FeatureNet
from sisbench.scoring import Evaluation, ImageFolder, NotAvailable, evaluate

OFFLINE = ("fd_effnet", "miou", "ssim", "psnr")


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return protocols.get("tinytown-v0")


@pytest.fixture(scope="module")
def samples() -> Samples:
    """Eleven samples: one batch of eight, and one of three."""
    dataset = datasets.get("tinytown")
    return Samples(dataset, datasets.locate(dataset), "val", limit=11)


@pytest.fixture(scope="module")
def fakes(samples: Samples) -> dict[str, Tensor]:
    """The real images, darker and noisy."""
    generator = torch.Generator().manual_seed(0)
    noisy = ((s.key, s.image * 0.8 + 10 * torch.randn(s.image.shape, generator=generator)) for s in samples)
    return {key: image.clamp(0, 255).to(torch.uint8) for key, image in noisy}


class Colours(nn.Module):
    """Stands in for a segmenter: the class of a pixel follows from its brightness."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded = segmenters.Loaded(Path("colours.safetensors"), "0" * 64, {})
        self.calls: list[int] = []

    def forward(self, image: Tensor) -> Tensor:
        self.calls.append(len(image))
        return image.long().sum(1) // 41  # 0 .. 18


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> Colours:
    segmenter = Colours()

    def create(name: str, num_classes: int, *, input_scale: float) -> Colours:
        assert (name, num_classes, input_scale) == ("drn_d_22_quarter.tinytown", 19, 2.0)
        return segmenter

    monkeypatch.setattr(_feeds.segmenters, "create", create)
    return segmenter


@pytest.fixture
def extracted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the batches that went through a feature network."""
    sizes: list[int] = []
    call = FeatureNet.__call__

    def counted(self: FeatureNet, image: Tensor) -> Tensor:
        sizes.append(len(image))
        return call(self, image)

    monkeypatch.setattr(FeatureNet, "__call__", counted)
    return sizes


def value(evaluation: Evaluation, output: str) -> Value:
    score = evaluation.results[output]
    assert isinstance(score, Value), score
    return score


def test_every_output_has_a_score(fakes: dict[str, Tensor], samples: Samples, protocol: Protocol) -> None:
    found = evaluate(fakes, samples, protocol, metrics=OFFLINE)
    assert list(found.results) == ["fd_effnet", "miou", "accuracy", "ssim", "psnr"]
    assert all(isinstance(score, Value) and score.n == 11 and score.stderr for score in found.results.values())
    assert list(found.real) == ["miou", "accuracy"]
    assert found.n == 11
    assert "road" in found.per_class["iou"]
    assert "road" in found.real_per_class["iou"]
    assert found.higher_is_better["fd_effnet"] is False
    assert found.provenance["protocol_sha256"] == protocol.digest()
    assert found.provenance["samples_sha256"] == samples.digest()
    assert {"feature:effnet", "segmenter:drn_d_22_quarter.tinytown"} <= set(found.provenance)
    assert Evaluation.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found


def test_real_images_as_fakes_reach_the_optimum(samples: Samples, protocol: Protocol) -> None:
    found = evaluate({s.key: s.image for s in samples}, samples, protocol, metrics=OFFLINE)
    assert value(found, "fd_effnet").value == pytest.approx(0, abs=1e-9)
    assert value(found, "ssim").value == pytest.approx(1, abs=1e-12)
    assert value(found, "psnr").value == 100
    assert found.results["miou"] == found.real["miou"]
    assert found.per_class == found.real_per_class


def test_the_segmenter_is_judged_in_train_ids(samples: Samples, protocol: Protocol, colours: Colours) -> None:
    found = evaluate({s.key: s.image for s in samples}, samples, protocol, metrics=["miou"])
    table = torch.tensor(samples.card.train_id_table())
    truth = torch.stack([table[s.layout] for s in samples])
    predicted = colours(torch.stack([s.image for s in samples]))
    counted = truth != 255
    assert value(found, "accuracy").value == pytest.approx((truth == predicted)[counted].double().mean().item())


def test_where_images_come_from_does_not_matter(
    fakes: dict[str, Tensor], samples: Samples, protocol: Protocol, tmp_path: Path
) -> None:
    for key, image in fakes.items():
        images.save_png(tmp_path / f"{key}_leftImg8bit.png", image)
    expected = evaluate(fakes, samples, protocol, metrics=OFFLINE)
    backwards = iter(reversed(fakes.items()))
    for source in (ImageFolder(tmp_path), backwards, dict(reversed(fakes.items()))):
        assert evaluate(source, samples, protocol, metrics=OFFLINE) == expected


def test_each_network_sees_each_image_once(
    fakes: dict[str, Tensor], samples: Samples, protocol: Protocol, extracted: list[int], colours: Colours
) -> None:
    steps: list[tuple[int, int]] = []
    evaluate(fakes, samples, protocol, metrics=OFFLINE, progress=lambda *step: steps.append(step))
    assert extracted == [8, 8, 3, 3]
    assert sum(colours.calls) == 22
    assert steps == [(8, 11), (11, 11)]


def test_the_real_side_is_computed_once(
    fakes: dict[str, Tensor],
    samples: Samples,
    protocol: Protocol,
    tmp_path: Path,
    extracted: list[int],
    colours: Colours,
) -> None:
    def score() -> Evaluation:
        extracted.clear()
        colours.calls.clear()
        return evaluate(fakes, samples, protocol, metrics=OFFLINE, cache_dir=tmp_path / "cache")

    first = score()
    assert score() == first
    assert extracted == [8, 3]
    assert sum(colours.calls) == 11

    entries = sorted((tmp_path / "cache").iterdir())
    assert len(entries) == 2
    for path in entries:
        path.write_bytes(path.read_bytes()[:-7])
    assert score() == first
    assert extracted == [8, 8, 3, 3]
    assert score() == first
    assert extracted == [8, 3]


def test_the_cache_follows_what_it_depends_on(
    fakes: dict[str, Tensor], samples: Samples, protocol: Protocol, tmp_path: Path, extracted: list[int]
) -> None:
    evaluate(fakes, samples, protocol, metrics=["fd_effnet"], cache_dir=tmp_path)
    dataset = datasets.get("tinytown")
    fewer = Samples(dataset, datasets.locate(dataset), "val", limit=3)
    few = {key: fakes.get(key, fakes[samples.keys[0]]) for key in fewer.keys}
    renamed = dataclasses.replace(protocol, name="another")
    for other, images_, choices in ((fewer, few, protocol), (samples, fakes, renamed)):
        extracted.clear()
        evaluate(images_, other, choices, metrics=["fd_effnet"], cache_dir=tmp_path)
        assert sum(extracted) == 2 * len(other)


def test_missing_networks_cost_only_their_metrics(
    fakes: dict[str, Tensor],
    samples: Samples,
    protocol: Protocol,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    def missing(name: str, *_: object, **__: object) -> None:
        raise segmenters.WeightsMissing(name, "not here. Put them there.")

    for variable in ("SISBENCH_WEIGHTS", "TORCH_HOME", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setattr(_feeds.segmenters, "create", missing)
    found = evaluate(fakes, samples, protocol, metrics=["fid", "miou", "psnr"])
    fid = found.results["fid"]
    assert isinstance(fid, NotAvailable)
    assert "Download" in fid.reason
    reason = NotAvailable("drn_d_22_quarter.tinytown: not here. Put them there.")
    assert found.results["miou"] == found.results["accuracy"] == found.real["miou"] == reason
    assert value(found, "psnr").n == 11
    json.dumps(found.to_json(), allow_nan=False)


def test_weights_that_nothing_names(
    fakes: dict[str, Tensor], samples: Samples, protocol: Protocol, colours: Colours
) -> None:
    colours.loaded = None  # type: ignore[assignment]
    miou = evaluate(fakes, samples, protocol, metrics=["miou"]).results["miou"]
    assert isinstance(miou, NotAvailable)
    assert "names no weights" in miou.reason


def test_a_protocol_without_a_segmenter(fakes: dict[str, Tensor], samples: Samples, protocol: Protocol) -> None:
    scoring = dataclasses.replace(protocol.scorings[0], segmentation=None)
    bare = dataclasses.replace(protocol, scorings=(scoring,))
    miou = evaluate(fakes, samples, bare, metrics=["miou"]).results["miou"]
    assert isinstance(miou, NotAvailable)
    assert "names no segmenter for tinytown" in miou.reason


def test_one_image(fakes: dict[str, Tensor], protocol: Protocol) -> None:
    dataset = datasets.get("tinytown")
    one = Samples(dataset, datasets.locate(dataset), "val", limit=1)
    found = evaluate({one.keys[0]: one[0].image}, one, protocol, metrics=OFFLINE)
    assert found.results["fd_effnet"] == NotAvailable("needs at least 2 images, got 1")
    assert value(found, "ssim").stderr is None
    assert value(found, "miou").stderr is None


def test_bad_requests(fakes: dict[str, Tensor], samples: Samples, protocol: Protocol) -> None:
    with pytest.raises(InputError, match="closest: 'psnr'"):
        evaluate(fakes, samples, protocol, metrics=["ssim", "psnrr"])
    with pytest.raises(InputError, match="does not cover data set 'tinytown'"):
        evaluate(fakes, samples, protocols.get("spade-2019"))
    with pytest.raises(InputError, match="no image for"):
        evaluate({}, samples, protocol)
    for change, message in (
        ({"real_split": "train"}, "has the split train, but the samples have val"),
        ({"image_resample": "bilinear"}, "has the resampling bilinear"),
        ({"images_per_layout": 20}, "has the number of images per layout 20"),
    ):
        with pytest.raises(InputError, match=message):
            evaluate(fakes, samples, dataclasses.replace(protocol, **change))  # type: ignore[arg-type]
    dataset = datasets.get("tinytown")
    small = Samples(dataset, datasets.locate(dataset), "val", size=(64, 128), limit=2)
    with pytest.raises(InputError, match=r"has the size \(128, 256\)"):
        evaluate(fakes, small, protocol)


def test_other_processes_are_not_waited_for(
    fakes: dict[str, Tensor], samples: Samples, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As on the first process of a distributed run; there is no group here, so any call to it is an error.
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    assert value(evaluate(fakes, samples, protocol, metrics=["psnr", "miou"]), "psnr").n == 11


def test_settings_of_torch_come_back(fakes: dict[str, Tensor], samples: Samples, protocol: Protocol) -> None:
    seen: list[tuple[str, bool]] = []

    def stream() -> Iterator[tuple[str, Tensor]]:
        seen.append((torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32))
        yield from fakes.items()

    torch.set_float32_matmul_precision("high")
    try:
        evaluate(stream(), samples, protocol, metrics=["psnr"])
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision("highest")
    assert seen == [("highest", False)]
    assert torch.backends.cudnn.allow_tf32


def test_large_images_go_through_the_segmenter_a_few_at_a_time(
    fakes: dict[str, Tensor],
    samples: Samples,
    protocol: Protocol,
    colours: Colours,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = evaluate(fakes, samples, protocol, metrics=["miou"])
    assert max(colours.calls) == 8
    monkeypatch.setattr(_feeds, "PIXELS_PER_CALL", 3 * 256 * 512)
    colours.calls.clear()
    assert evaluate(fakes, samples, protocol, metrics=["miou"]) == whole
    assert max(colours.calls) == 3

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

import segmenters
from sisbench import datasets, images, metrics, protocols
from sisbench import reading as reading_module
from sisbench.card import Protocol
from sisbench.data import Samples
from sisbench.errors import InputError
from sisbench.evaluation import Value
from sisbench.features import FeatureNet
from sisbench.metrics.psnr import psnr
from sisbench.scoring import Evaluation, ImageFolder, NotAvailable, evaluate, evaluate_samples

OFFLINE = ("fd_effnet", "miou", "ssim", "psnr")


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return protocols.get("tinytown-v1")


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
        self.num_classes = 19
        self.class_names = None
        self.calls: list[int] = []

    def forward(self, image: Tensor) -> Tensor:
        self.calls.append(len(image))
        return image.long().sum(1) // 41  # 0 .. 18

    def label_maps(self, image: Tensor, sizes: Sequence[tuple[int, int]]) -> list[Tensor]:
        labels = self(image)
        return [F.interpolate(labels[None].double(), size)[0].long() for size in sizes]


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> Colours:
    segmenter = Colours()

    def create(name: str, num_classes: int, weights: None, *, input_scale: float, reading: str) -> Colours:
        assert (name, num_classes, input_scale, reading) == ("drn_d_22_quarter.tinytown", 19, 2.0, "single")
        assert weights is None
        return segmenter

    monkeypatch.setattr(reading_module.segmenters, "create", create)
    return segmenter


@pytest.fixture
def extracted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the batches that went through a feature network."""
    sizes: list[int] = []
    extract = FeatureNet.extract

    def counted(self: FeatureNet, image: Tensor, heads: Sequence[str]) -> dict[str, Tensor]:
        sizes.append(len(image))
        return extract(self, image, heads)

    monkeypatch.setattr(FeatureNet, "extract", counted)
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
    extracted.clear()
    evaluate(few, fewer, protocol, metrics=["fd_effnet"], cache_dir=tmp_path)
    assert sum(extracted) == 2 * len(fewer)

    smaller = dataclasses.replace(protocol, scorings=(dataclasses.replace(protocol.scorings[0], size=(64, 128)),))
    small = Samples(dataset, datasets.locate(dataset), "val", size=(64, 128), limit=3)
    extracted.clear()
    evaluate({s.key: s.image for s in small}, small, smaller, metrics=["fd_effnet"], cache_dir=tmp_path)
    assert sum(extracted) == 2 * len(small)

    renamed = dataclasses.replace(protocol, name="another")  # the same real images under another name
    extracted.clear()
    evaluate(few, fewer, renamed, metrics=["fd_effnet"], cache_dir=tmp_path)
    assert sum(extracted) == len(fewer)


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
    monkeypatch.setattr(reading_module.segmenters, "create", missing)
    found = evaluate(fakes, samples, protocol, metrics=["fid", "miou", "psnr"])
    fid = found.results["fid"]
    assert isinstance(fid, NotAvailable)
    assert "sisbench weights fetch inception-2015-12-05" in fid.reason
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
    assert miou.reason.endswith("names no segmenter for tinytown. Add '--protocol tinytown-v1', which does.")


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
        ({"images_per_layout": 20}, "compares several images of one layout with each other"),
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
    monkeypatch.setattr(reading_module, "SCORES_PER_CALL", 3 * 256 * 512 * 19)
    colours.calls.clear()
    assert evaluate(fakes, samples, protocol, metrics=["miou"]) == whole
    assert max(colours.calls) == 3


def test_several_protocols_share_one_pass(
    fakes: dict[str, Tensor], samples: Samples, protocol: Protocol, extracted: list[int], colours: Colours
) -> None:
    scoring = protocol.scorings[0]
    assert scoring.segmentation is not None
    wrong = dataclasses.replace(scoring.segmentation, ignored_pixels="count_wrong")
    strict = dataclasses.replace(
        protocol, name="strict", scorings=(dataclasses.replace(scoring, segmentation=wrong),), metrics=("miou", "ssim")
    )
    chosen = dataclasses.replace(protocol, metrics=OFFLINE)
    both = evaluate(fakes, samples, [chosen, strict])
    assert [found.provenance["protocol"] for found in both] == ["tinytown-v1", "strict"]
    assert extracted == [8, 8, 3, 3]
    assert sum(colours.calls) == 22  # one network, two rules
    assert both[0] == evaluate(fakes, samples, chosen)
    assert both[1] == evaluate(fakes, samples, strict)
    assert both[0].results["miou"] == both[1].results["miou"]
    assert value(both[0], "accuracy").value > value(both[1], "accuracy").value
    assert "feature:effnet" not in both[1].provenance  # only what its own numbers rest on


def test_the_share_of_every_image(fakes: dict[str, Tensor], samples: Samples, protocol: Protocol) -> None:
    found = evaluate(fakes, samples, protocol, metrics=OFFLINE)
    assert found.keys == tuple(sorted(samples.keys))
    assert list(found.per_image) == list(found.results)
    for output, shares in found.per_image.items():
        score, spread = value(found, output), torch.tensor(shares, dtype=torch.float64)
        assert spread.mean().item() == pytest.approx(score.value, rel=1e-9)
        assert spread.std().item() / 11**0.5 == pytest.approx(score.stderr, rel=1e-6)
    by_key = {s.key: s.image for s in samples}
    key = found.keys[4]
    alone = psnr(fakes[key][None], by_key[key][None]).item()
    assert found.per_image["psnr"][4] == pytest.approx(alone, rel=1e-12)


def test_folders_without_a_data_set(fakes: dict[str, Tensor], samples: Samples, tmp_path: Path) -> None:
    by_key = {s.key: s.image for s in samples}
    for name, side in (("fake", fakes), ("real", by_key)):
        for key, image in side.items():
            images.save_png(tmp_path / name / f"{key}.png", image)
    found = evaluate(str(tmp_path / "fake"), tmp_path / "real", metrics=["psnr", "fd_effnet", "miou"])
    assert found.provenance["protocol"] == "folders-v1"
    assert found.provenance["dataset"] == "images"
    assert value(found, "psnr").n == 11
    assert found.results["miou"] == NotAvailable(
        "needs true label maps and their label space. Give '--layouts' and '--dataset'."
    )
    in_memory = evaluate(fakes, by_key, metrics=["psnr", "fd_effnet"])
    order = sorted(by_key)
    stacked = evaluate(
        torch.stack([fakes[key] for key in order]),
        torch.stack([by_key[key] for key in order]),
        metrics=["psnr", "fd_effnet"],
    )
    for output in ("psnr", "fd_effnet"):
        assert found.results[output] == in_memory.results[output] == stacked.results[output]


def test_folders_with_label_maps_equal_the_split(
    fakes: dict[str, Tensor], samples: Samples, protocol: Protocol, tmp_path: Path
) -> None:
    for sample in samples:
        images.save_png(tmp_path / "real" / f"{sample.key}.png", sample.image)
        path = tmp_path / "maps" / f"{sample.key}_gtFine_labelIds.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(sample.layout.numpy().astype("uint8")).save(path)
    found = evaluate(fakes, tmp_path / "real", layouts=tmp_path / "maps", dataset="tinytown", metrics=OFFLINE)
    assert found.results == evaluate(fakes, samples, protocol, metrics=OFFLINE).results
    assert found.provenance["protocol"] == "tinytown-v1"


def test_photos_of_another_size_are_resized_to_the_generated_ones(tmp_path: Path) -> None:
    images.save_png(tmp_path / "a.png", torch.arange(3 * 8 * 10).view(3, 8, 10).to(torch.uint8))
    small = images.decode_photo(tmp_path / "a.png", (4, 5))
    found = evaluate({"a": small}, tmp_path, metrics=["psnr"])
    assert value(found, "psnr").value == 100
    assert found.provenance["size"] == "4x5"


def test_a_metric_that_the_images_cannot_serve_costs_no_other(samples: Samples) -> None:
    tiny = torch.randint(0, 256, (2, 3, 6, 6), dtype=torch.uint8)
    found = evaluate(tiny, tiny, metrics=["psnr", "ssim"])
    ssim = found.results["ssim"]
    assert isinstance(ssim, NotAvailable)
    assert "its window is 11x11" in ssim.reason
    assert value(found, "psnr").value == 100


def test_streams_without_a_size(fakes: dict[str, Tensor], tmp_path: Path) -> None:
    images.save_png(tmp_path / "a.png", torch.zeros(3, 8, 8, dtype=torch.uint8))
    with pytest.raises(InputError, match="does not tell its size before it runs"):
        evaluate(iter([("a", torch.zeros(3, 8, 8))]), tmp_path, metrics=["psnr"])
    real = {"a": torch.zeros(3, 8, 8, dtype=torch.uint8)}
    assert value(evaluate(iter([("a", -torch.ones(3, 8, 8))]), real, metrics=["psnr"]), "psnr").value == 100


def test_all_metrics(fakes: dict[str, Tensor], samples: Samples, protocol: Protocol) -> None:
    found = evaluate(fakes, samples, protocol, metrics=["all"])
    assert set(found.results) == {
        output
        for name in metrics.names()
        if not metrics.get(name).needs.startswith("samples:")
        for output in metrics.get(name).outputs
    }
    for output in ("fd_effnet", "miou", "lab_emd", "lbp_chi2_class", "crossview_ssim", "sd"):
        assert value(found, output).n == 11


def test_more_bad_requests(fakes: dict[str, Tensor], samples: Samples) -> None:
    with pytest.raises(InputError, match="no protocol was named"):
        evaluate(fakes, samples, [])
    with pytest.raises(InputError, match=r"'lpips_vgg' compares generated images with several images of each layout"):
        evaluate(fakes, samples, metrics=["lpips_vgg"])
    with pytest.raises(InputError, match="label maps go with photos in files"):
        evaluate(fakes, {s.key: s.image for s in samples}, layouts=Path("maps"), dataset="tinytown")


def test_images_of_another_type(fakes: dict[str, Tensor]) -> None:
    stack = torch.stack(list(fakes.values()))
    for wrong in (None, stack.numpy()):
        with pytest.raises(InputError, match="generated images are of type"):
            evaluate(wrong, stack)  # type: ignore[call-overload]
    for wrong in (None, stack.numpy(), list(stack), iter(fakes.items())):
        with pytest.raises(InputError, match="real images are of type"):
            evaluate(stack, wrong)  # type: ignore[call-overload]


def test_metrics_are_a_list_of_names(fakes: dict[str, Tensor]) -> None:
    for wrong in ("psnr", [], ()):
        with pytest.raises(InputError, match="expected a list of one name or more"):
            evaluate(fakes, fakes, metrics=wrong)


def test_paths_may_be_text(fakes: dict[str, Tensor], tmp_path: Path) -> None:
    for key, image in fakes.items():
        images.save_png(tmp_path / "photos" / f"{key}.png", image)
        Image.new("L", (256, 128), 7).save(tmp_path / f"{key}.png")
    photos, labels = str(tmp_path / "photos"), str(tmp_path / "labels.txt")
    Path(labels).write_text("\n".join(f"{key}.png" for key in fakes))
    found = evaluate(photos, photos, layouts=labels, dataset="tinytown", metrics=["lbp_class"])
    assert value(found, "lbp_chi2_class").value == 0


def test_real_images_from_zero_to_one_warn() -> None:
    unit = torch.rand(2, 3, 16, 16)
    with pytest.warns(UserWarning, match="none of 2 real floating-point images has a value below 0"):
        evaluate(unit * 2 - 1, unit, metrics=["psnr"])


def test_a_reason_names_the_protocol_that_helps(fakes: dict[str, Tensor]) -> None:
    score = evaluate(fakes, fakes, metrics=["kl"]).results["kl"]
    assert isinstance(score, NotAvailable)
    assert score.reason == (
        "the protocol names no classifier for images without a data set. Add '--protocol crossview-2018', which does."
    )


class TestSamples:
    @pytest.fixture
    def sets(self) -> dict[str, Tensor]:
        draw = torch.Generator().manual_seed(0)
        return {key: torch.randint(0, 256, (3, 3, 161, 170), generator=draw, dtype=torch.uint8) for key in "ab"}

    def test_diversity(self, sets: dict[str, Tensor], tmp_path: Path) -> None:
        steps: list[tuple[int, int]] = []
        found = evaluate_samples(sets, progress=lambda *step: steps.append(step))
        assert steps == [(1, 2), (2, 2)]
        assert found.provenance["images_per_layout"] == "3"
        assert found.provenance["protocol"] == "diversity-v1"
        assert found.real == {}
        assert value(found, "ms_ssim").n == 2
        assert isinstance(found.results["lpips_vgg"], NotAvailable)
        for key, stack in sets.items():
            for number, image in enumerate(stack):
                images.save_png(tmp_path / key / f"{number}.png", image)
        assert evaluate_samples(tmp_path) == found
        assert evaluate_samples(torch.stack(list(sets.values()))).results == found.results

    def test_samples_from_zero_to_one_warn(self) -> None:
        with pytest.warns(UserWarning, match="none of 4 re-sampled floating-point images"):
            evaluate_samples(torch.rand(2, 2, 3, 164, 168), metrics=["ms_ssim"])

    def test_equal_samples_have_no_diversity(self, sets: dict[str, Tensor]) -> None:
        same = {key: stack[:1].expand_as(stack) for key, stack in sets.items()}
        assert value(evaluate_samples(same, metrics=["ms_ssim"]), "ms_ssim").value == pytest.approx(1)

    def test_small_images(self) -> None:
        small = {"a": torch.zeros(2, 3, 64, 64, dtype=torch.uint8)}
        score = evaluate_samples(small, metrics=["ms_ssim"]).results["ms_ssim"]
        assert isinstance(score, NotAvailable)
        assert "160" in score.reason

    def test_bad_requests(self, sets: dict[str, Tensor]) -> None:
        with pytest.raises(InputError, match="'a' has 3 images; protocol 'oasis-2021-diversity' compares 20"):
            evaluate_samples(sets, "oasis-2021-diversity")
        with pytest.raises(
            InputError, match="'a' has 1 image; protocol 'diversity-v1' compares two or more of each layout"
        ):
            evaluate_samples({"a": sets["a"][:1]})
        with pytest.raises(InputError, match="'b' has 2 images; protocol 'diversity-v1' compares 3 of each layout"):
            evaluate_samples({"a": sets["a"], "b": sets["b"][:2]})
        with pytest.raises(InputError, match="one image per layout and compares it with a photo"):
            evaluate_samples(sets, "tinytown-v1")
        with pytest.raises(InputError, match=r"metric 'psnr' compares generated images with real images"):
            evaluate_samples(sets, metrics=["psnr"])
        with pytest.raises(InputError, match="no image set for c"):
            evaluate_samples(sets, keys=["a", "b", "c"])
        with pytest.raises(InputError, match="no re-sampled images"):
            evaluate_samples({})
        with pytest.raises(InputError, match=r"tensor of shape \(3, 3, 164, 168\); expected \(N, S, 3, H, W\)"):
            evaluate_samples(torch.zeros(3, 3, 164, 168, dtype=torch.uint8))
        with pytest.raises(InputError, match="image 0 of layout 'b'"):
            evaluate_samples(sets | {"b": sets["b"][:, :, :100]})


@pytest.mark.parametrize("threads", [1, 3])
def test_a_metric_that_fails_halfway_tells_why_and_stops_no_other(
    fakes: dict[str, Tensor], samples: Samples, protocol: Protocol, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    class Broken(Colours):
        def forward(self, image: Tensor) -> Tensor:
            return super().forward(image) + 90 * (image.float().mean() < 90)  # classes that nobody knows

    monkeypatch.setattr(reading_module.segmenters, "create", lambda *_, **__: Broken())
    torch.set_num_threads(threads)
    try:
        found = evaluate(fakes, samples, protocol, metrics=["miou", "psnr"])
    finally:
        torch.set_num_threads(1)
    for score in (found.results["miou"], found.real["miou"]):
        if isinstance(score, NotAvailable):
            assert "Check that segmenter and data set share their label space" in score.reason
    assert isinstance(found.results["miou"], NotAvailable)
    assert value(found, "psnr").n == 11


def test_requests_that_contradict_each_other(fakes: dict[str, Tensor], samples: Samples, protocol: Protocol) -> None:
    for options in ({"dataset": "cityscapes"}, {"layouts": Path("maps")}):
        with pytest.raises(InputError, match=r"the samples of tinytown have label maps and a label space of their own"):
            evaluate(fakes, samples, protocol, metrics=["psnr"], **options)  # type: ignore[call-overload]
    soft = dataclasses.replace(protocol, name="soft", image_resample="bilinear")
    by_key = {s.key: s.image for s in samples}
    with pytest.raises(InputError, match="resize photos by bicubic and bilinear"):
        evaluate(fakes, by_key, (protocol, soft), dataset="tinytown", metrics=["psnr"])
    named = evaluate(fakes, by_key, protocol, dataset="tinytown", metrics=["psnr", "miou"])
    assert named.provenance["dataset"] == "tinytown"
    assert isinstance(named.results["miou"], NotAvailable)

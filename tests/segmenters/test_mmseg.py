"""The adapter for mmsegmentation; with that library where it is installed, and the error where it is not."""

import hashlib
import importlib.util
import shlex
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import segmenters
from segmenters import Segmenter, SegmenterError

ROOT = Path(__file__).parents[2]
BROUGHT = "upernet_r18_4xb4-160k_ade20k-512x512"
CLASSES = ("sky", "road", "tree")

library = pytest.mark.usefixtures("installed")


@pytest.fixture(scope="module")
def installed() -> None:
    """The library; without it, all tests that need it share one line."""
    if importlib.util.find_spec("mmseg") is None:
        pytest.skip("mmsegmentation is not installed: its adapter was not tested (pip install 'sisbench[mmseg]')")


@pytest.fixture(scope="module")
def config(installed: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration so narrow that it labels small images in no time, in a file of its own."""
    return write(tmp_path_factory.mktemp("mmseg") / "narrow.py")


def write(path: Path, **changes: Any) -> Path:
    from segmenters._mmcv_lite import ensure_mmseg
    from segmenters._mmseg import read_configuration

    ensure_mmseg()
    read = read_configuration(BROUGHT)
    head, auxiliary = read.model.decode_head, read.model.auxiliary_head
    head.channels, auxiliary.channels, head.num_classes, auxiliary.num_classes = 8, 4, 3, 3
    read.model.backbone.base_channels = 8
    read.model.backbone.stem_channels = 8
    head.in_channels, auxiliary.in_channels = [8, 16, 32, 64], 32
    read.test_pipeline[1].scale = (128, 32)
    read.test_dataloader.dataset.metainfo = {"classes": list(CLASSES)}
    read.merge_from_dict(changes)
    read.dump(str(path))
    return path


def create(config: Path, **arguments: Any) -> Segmenter:
    return segmenters.create(f"mmseg:{config}", **arguments)


def checkpoint(segmenter: Segmenter, path: Path, **beside: object) -> Path:
    """Write a file as the library does."""
    state = {key.removeprefix("model."): value for key, value in segmenter.state_dict().items()}
    torch.save({"state_dict": state, **beside}, path)
    return path


@library
@pytest.mark.parametrize("size", [None, (30, 50)])
def test_labels_are_those_of_the_librarys_own_inference(config: Path, images: Tensor, size: tuple[int, int]) -> None:
    segmenter = create(config)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mmseg.apis import inference_model

        model: Any = segmenter.model
        model.cfg = __import__("mmengine").Config.fromfile(config)
        for image in images:
            bgr = image.flip(0).permute(1, 2, 0).numpy()
            theirs = inference_model(model, np.ascontiguousarray(bgr))
            assert torch.equal(segmenter.evidence(image[None])[0], theirs.seg_logits.data)
            assert torch.equal(segmenter(image[None])[0], theirs.pred_sem_seg.data[0])
    labels = segmenter(images, size)
    assert (labels.dtype, labels.shape) == (torch.int64, (2, *(size or (12, 20))))


@library
def test_the_test_pipeline_says_what_the_network_sees(config: Path, images: Tensor) -> None:
    segmenter, seen = create(config), []
    model: Any = segmenter.model
    model.backbone.register_forward_pre_hook(lambda _, inputs: seen.append(tuple(inputs[0].shape)))
    segmenter(images)
    assert seen == [(1, 3, 32, 53)] * 2  # 12 x 20 into 128 x 32, its shape kept


@library
def test_sliding_inference_and_a_single_foreground_class(tmp_path: Path, images: Tensor) -> None:
    slide = {"model.test_cfg": {"mode": "slide", "crop_size": (24, 24), "stride": (16, 16)}}
    assert create(write(tmp_path / "slide.py", **slide))(images).shape == (2, 12, 20)
    binary = write(
        tmp_path / "binary.py",
        **{
            "model.decode_head.num_classes": 2,
            "model.decode_head.out_channels": 1,
            "model.decode_head.threshold": 0.5,
            "model.auxiliary_head.num_classes": 2,
            "model.auxiliary_head.out_channels": 1,
            "model.decode_head.loss_decode.use_sigmoid": True,
        },
    )
    segmenter = create(binary)
    model: Any = segmenter.model
    for bias, label in ((50.0, 1), (-50.0, 0)):
        torch.nn.init.constant_(model.decode_head.conv_seg.bias, bias)
        assert segmenter(images).unique().tolist() == [label]
    assert segmenter.num_classes == 2


@library
def test_a_configuration_of_the_package_is_known_by_its_name() -> None:
    segmenter = segmenters.create(f"mmseg:{BROUGHT}")
    assert (segmenter.num_classes, segmenter.training, segmenter.loaded) == (150, False, None)
    assert segmenter.class_names is not None
    assert segmenter.class_names[:3] == ("wall", "building", "sky")


@library
def test_checkpoints_load_and_name_their_classes(config: Path, tmp_path: Path, images: Tensor) -> None:
    first = create(config)
    assert first.class_names == CLASSES
    for meta, names in (
        ({"dataset_meta": {"classes": ("a", "b", "c")}}, ("a", "b", "c")),
        ({"CLASSES": ["a", "b", "c "]}, ("a", "b", "c")),
        ({"CLASSES": ["a", "b"]}, CLASSES),  # not one for each class: none of them is believed
        ({}, CLASSES),
    ):
        path = checkpoint(first, tmp_path / "w.pth", meta=meta, optimizer={"lr": 0.1})
        second = create(config, weights=path, num_classes=3)
        assert second.class_names == names
        assert second.loaded is not None
        assert second.loaded.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert torch.equal(second.evidence(images), first.evidence(images))
    mapped = segmenters.by_name(first, ["Tree", "Sky"])
    scores = first.evidence(images)[:, [2, 0]]
    assert torch.equal(mapped(images), scores.argmax(dim=1))


@library
def test_a_checkpoint_with_more_than_tensors_is_not_run(config: Path, tmp_path: Path) -> None:
    segmenter = create(config)
    path = checkpoint(segmenter, tmp_path / "w.pth", message_hub={"loss": np.float64(0.5)}, meta={"CLASSES": CLASSES})
    with pytest.raises(SegmenterError, match=r"numpy.*If you trust the file, keep of it what is needed: python -c"):
        create(config, weights=path)


@library
def test_the_conversion_that_the_error_gives_works(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from segmenters._mmseg import CONVERSION

    meta = {"dataset_meta": {"classes": CLASSES[::-1]}, "noise": np.float64(0.5)}
    checkpoint(create(config), tmp_path / "OLD.pth", meta=meta)
    python, option, code, *names = shlex.split(CONVERSION)
    assert (python, option, names) == ("python", "-c", ["OLD.pth", "NEW.pth"])
    monkeypatch.setattr(sys, "argv", [option, *(str(tmp_path / name) for name in names)])
    exec(code)
    assert create(config, weights=tmp_path / "NEW.pth").class_names == CLASSES[::-1]


@library
def test_the_digest_in_a_published_name_is_held_to(config: Path, tmp_path: Path) -> None:
    path = checkpoint(create(config), tmp_path / "w.pth")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    create(config, weights=path.rename(tmp_path / f"upernet-{digest}.pth"))
    path = checkpoint(create(config), tmp_path / "upernet-01234567.pth")
    with pytest.raises(SegmenterError, match=r"upernet-01234567\.pth is not the published file: its SHA-256 begins"):
        create(config, weights=path)


@library
def test_another_number_of_classes_is_named(config: Path, tmp_path: Path) -> None:
    sizes = {"model.decode_head.num_classes": 7, "model.auxiliary_head.num_classes": 7}
    other = create(write(tmp_path / "other.py", **sizes))
    assert other.class_names is None  # the three names of its data set are not for seven classes
    path = checkpoint(other, tmp_path / "w.pth")
    with pytest.raises(SegmenterError, match=rf"{path} .*for 7 classes, expected 3\. Name its own configuration"):
        create(config, weights=path)
    with pytest.raises(SegmenterError, match="tells 3 classes apart, not 7"):
        create(config, num_classes=7)


@library
def test_what_cannot_be_taken_over_is_refused(config: Path, tmp_path: Path, images: Tensor) -> None:
    with pytest.raises(SegmenterError, match="closest: 'upernet_r18_4xb4-160k_ade20k-512x512'"):
        segmenters.create("mmseg:upernet_r18_4xb4-160k_ade2k-512x512")
    flipped = write(tmp_path / "flip.py")
    flipped.write_text(flipped.read_text() + "\ntest_pipeline.insert(1, dict(type='RandomFlip', prob=1.0))\n")
    with pytest.raises(SegmenterError, match=r"flip\.py holds RandomFlip, which is not known here; expected Resize"):
        create(flipped)
    for name, text in (("text.py", "no program"), ("empty.py", ""), ("boom.py", "raise RuntimeError('boom')")):
        (tmp_path / name).write_text(text)
        with pytest.raises(SegmenterError, match=f"{name} cannot be read as a configuration"):
            create(tmp_path / name)
    with pytest.raises(SegmenterError, match=r"cannot be built: KeyError.*NoSuchHead"):
        create(write(tmp_path / "head.py", **{"model.decode_head.type": "NoSuchHead"}))
    with pytest.raises(SegmenterError, match=r"an input_scale of 2\.0 would add to that"):
        create(config, input_scale=2.0)
    with pytest.raises(SegmenterError, match="cannot be trained here"):
        create(config).scores(images)


@library
def test_a_compiled_operator_says_that_it_is_missing() -> None:
    from segmenters._mmcv_lite import ensure_mmseg

    ensure_mmseg()
    operators = sys.modules["mmcv._ext"]
    if not type(operators).__module__.startswith("segmenters"):
        pytest.skip("the full mmcv is installed: no operator is missing")
    with pytest.raises(SegmenterError, match="'deform_conv_forward', which mmcv-lite does not have"):
        operators.deform_conv_forward()


def test_without_the_library_the_extra_is_named() -> None:
    """In a process of its own, where nothing of it has been imported yet."""
    code = f"""
import sys, segmenters
for package in ("mmcv", "ftfy", "mmseg"):
    sys.modules[package] = None
    try:
        segmenters.create("mmseg:{BROUGHT}")
    except segmenters.SegmenterError as error:
        print(error)
    del sys.modules[package]
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    assert all("is not installed. Install what it needs with pip install 'sisbench[mmseg]'." in line for line in lines)
    assert "the package 'mmcv'" in lines[0] or "the package 'mmseg'" in lines[0]  # whichever is missed first


def test_the_door_to_torchvision_is_the_same_in_both_rooms() -> None:
    doors = [(ROOT / room / "_torchvision.py").read_text() for room in ("generators", "segmenters")]
    assert doors[0] == doors[1]

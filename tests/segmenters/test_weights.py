import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

import segmenters
from segmenters import SegmenterError, WeightsMissing

ARCH = "drn_d_22_quarter"
State = dict[str, Tensor]


@pytest.fixture(scope="module")
def state() -> State:
    """The state of a network with 5 classes whose running statistics are not the initial ones."""
    generator = torch.Generator().manual_seed(0)
    segmenter = segmenters.create(ARCH, 5)
    segmenter.load_state_dict(
        {
            key: torch.rand(x.shape, generator=generator) if x.is_floating_point() else x
            for key, x in segmenter.state_dict().items()
        }
    )
    return segmenter.state_dict()


def save(state: object, path: Path) -> Path:
    torch.save(state, path)
    return path


def assert_holds(segmenter: segmenters.Segmenter, state: State) -> None:
    own = segmenter.state_dict()
    assert all(torch.equal(own[key], value) for key, value in state.items())


def test_a_bare_state_loads_and_its_file_is_noted(state: State, tmp_path: Path) -> None:
    path = save(state, tmp_path / "w.pth")
    segmenter = segmenters.create(ARCH, 5, path)
    assert_holds(segmenter, state)
    assert not segmenter.training
    assert segmenter.loaded is not None
    assert segmenter.loaded.path == path
    assert re.fullmatch("[0-9a-f]{64}", segmenter.loaded.sha256)


def test_safetensors_load_with_their_metadata(state: State, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_file(state, path, {"arch": ARCH})
    segmenter = segmenters.create(ARCH, 5, path)
    assert_holds(segmenter, state)
    assert segmenter.loaded is not None
    assert segmenter.loaded.metadata == {"arch": ARCH}


@pytest.mark.parametrize(
    "change",
    [
        lambda s: {f"module.{key}": x for key, x in s.items()},
        lambda s: {key: x for key, x in s.items() if not key.endswith("num_batches_tracked")},
        lambda s: {f"module.{key}": x for key, x in s.items() if not key.endswith("num_batches_tracked")},
        lambda s: {"epoch": 3, "state_dict": s, "meta": {"name": "x"}},
        lambda s: {"state_dict": {f"module.{key}": x for key, x in s.items()}},
        lambda s: {**s, "base.0.1._tmp_running_mean": torch.ones(4), "base.0.1._running_iter": torch.ones(1)},
    ],
    ids=["module prefix", "old batch norm", "both", "checkpoint", "checkpoint with prefix", "unused buffers"],
)
def test_what_is_tolerated(state: State, tmp_path: Path, change: Callable[[State], object]) -> None:
    assert_holds(segmenters.create(ARCH, 5, save(change(state), tmp_path / "w.pth")), state)


def test_the_old_file_format_loads(state: State, tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    torch.save(state, path, _use_new_zipfile_serialization=False)
    assert_holds(segmenters.create(ARCH, 5, path), state)


def test_half_precision_widens_exactly(state: State, tmp_path: Path) -> None:
    half = {key: x.half() if x.is_floating_point() else x for key, x in state.items()}
    loaded = segmenters.create(ARCH, 5, save(half, tmp_path / "w.pth")).state_dict()
    assert all(
        loaded[key].dtype == state[key].dtype and torch.equal(loaded[key].to(x.dtype), x) for key, x in half.items()
    )


def without(*keys: str) -> Callable[[State], State]:
    return lambda s: {key: x for key, x in s.items() if key not in keys}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("seg.bias"), r"no known segmenter: it lacks 'seg\.bias' \(1 missing\)"),
        (lambda s: {**s, "extra": torch.zeros(1)}, r"no known segmenter: it has 'extra' \(1 too many\)"),
        (
            lambda s: {**s, "base.7.0.weight": torch.zeros(100, 128, 3, 3)},
            r"'base\.7\.0\.weight' of shape \(100, 128, 3, 3\), expected \(128, 128, 3, 3\)",
        ),
        (
            lambda s: {**s, "seg.bias": torch.full((5,), torch.nan)},
            r"damaged: seg\.bias holds values that are not finite",
        ),
        (lambda s: {}, "no known segmenter: it lacks"),
        (
            lambda s: {"epoch": 3, "arch": "x", "network": s},
            "entries epoch, arch, network.*save the network's state",
        ),
        (lambda s: {"state_dict": [3]}, "holds no state dict but entries state_dict"),
        (lambda s: {"state_dict": {"epoch": 3}}, "holds no state dict but entries epoch"),
        (lambda s: list(s.values()), "holds no state dict but list"),
    ],
    ids=["missing", "surplus", "shape", "nan", "empty", "training run", "no mapping", "no tensors", "list"],
)
def test_what_does_not_fit_is_named(
    state: State, tmp_path: Path, change: Callable[[State], object], message: str
) -> None:
    path = save(change(state), tmp_path / "w.pth")
    with pytest.raises(SegmenterError, match=message) as caught:
        segmenters.create(ARCH, 5, path)
    assert str(path) in str(caught.value)


def test_another_number_of_classes_is_named(state: State, tmp_path: Path) -> None:
    path = save(state, tmp_path / "w.pth")
    with pytest.raises(SegmenterError, match=rf"{path}.*a state of {ARCH} for 5 classes, expected 19"):
        segmenters.create(ARCH, 19, path)


@pytest.mark.parametrize("classes", [1, 7])
def test_another_architecture_is_named(tmp_path: Path, classes: int) -> None:
    path = save(segmenters.create("drn_d_22", classes).state_dict(), tmp_path / "w.pth")
    with pytest.raises(SegmenterError, match=rf"a state of drn_d_22 for {classes} classes\. Create that segmenter"):
        segmenters.create(ARCH, classes, path)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize(
    "damage",
    [lambda b: b"", lambda b: b"not weights", lambda b: b[: len(b) // 2], lambda b: b[:64] + bytes(64) + b[128:]],
    ids=["empty", "text", "cut off", "header"],
)
def test_a_damaged_file_is_named(state: State, tmp_path: Path, suffix: str, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"w{suffix}"
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(SegmenterError, match=f"{path} cannot be read as weights") as caught:
        segmenters.create(ARCH, 5, path)
    assert "weights_only" not in str(caught.value)  # torch advises to switch its protection off; we do not pass that on


class Payload:
    """Pickles as a call; a reader that runs it would create the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., None], tuple[Path]]:
        return Path.touch, (self.path,)


def test_code_in_a_file_does_not_run(state: State, tmp_path: Path) -> None:
    path = save({**state, "payload": Payload(tmp_path / "ran")}, tmp_path / "w.pth")
    with pytest.raises(SegmenterError, match="cannot be read as weights"):
        segmenters.create(ARCH, 5, path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["nothing.pth", "."])
def test_a_path_without_a_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(SegmenterError, match=re.escape(f"looked for in {tmp_path / name}, which is not a file")):
        segmenters.create(ARCH, 5, tmp_path / name)


def test_published_weights_that_are_missing_say_where_they_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SISBENCH_WEIGHTS", raising=False)
    with pytest.raises(WeightsMissing) as caught:
        segmenters.create("drn_d_105.cityscapes")
    assert caught.value.name == "drn_d_105.cityscapes"
    for part in (
        "drn-d-105_ms_cityscapes.pth",
        "$SISBENCH_WEIGHTS (not set)",
        "~/.cache/sisbench/weights",
        "put it there",
    ):
        assert part in caught.value.reason


@pytest.mark.parametrize("place", ["variable", "cache"])
def test_published_weights_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    folder = tmp_path / ".cache" / "sisbench" / "weights" if place == "cache" else tmp_path / "given"
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SISBENCH_WEIGHTS", str(tmp_path / "given"))
    path = save({}, folder / "drn-d-105_ms_cityscapes.pth")
    assert segmenters.find("drn_d_105.cityscapes") == path
    with pytest.raises(SegmenterError, match=str(path)):  # found, looked into, and no state of this network
        segmenters.create("drn_d_105.cityscapes")

"""The replay of golden fixtures: the fixtures themselves, and the frame that replays them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

import generators
from tests.golden.__main__ import main
from tests.golden._fixture import FOLDER, UnreadableFixtureError, families, read_metadata, replay
from tests.golden._key_hash import refill, refill_all

ROOT = Path(__file__).parents[2]


def known_fixtures() -> list[Path]:
    """Files of the shared folder that a family of this folder knows."""
    known = families()
    files = sorted(FOLDER.glob("*.safetensors")) if FOLDER.is_dir() else []
    return [file for file in files if any(family.handles(read_metadata(file)) for family in known)]


@pytest.mark.golden
@pytest.mark.parametrize("path", known_fixtures() or [None], ids=lambda path: path.stem if path else "fixtures")
def test_a_fixture_of_an_official_implementation(golden_folder: Path, path: Path) -> None:
    assert path is not None, f"{golden_folder} holds no fixture that a family of tests/golden knows"
    comparisons = replay(path)
    assert comparisons
    assert [row for row in comparisons if not row[1] <= row[2]] == []  # NaN is not within tolerance


# The frame, with a fixture of our own making: widths, classes and size that the shared folder has no file of.

CONFIG: dict[str, Any] = {
    "method": "spade",
    "part": "generator",
    "args": {
        "ngf": 3,
        "label_nc": 4,
        "contain_dontcare_label": True,
        "no_instance": True,
        "crop_size": 96,
        "aspect_ratio": 1.5,
        "num_upsampling_layers": "normal",
        "use_vae": False,
        "z_dim": 256,
    },
}


def tensors() -> dict[str, Tensor]:
    """A SPADE generator, an input, and what the network makes of it."""
    network = generators.create("spade", num_labels=5, edges=False, size=(64, 96), width=3, hidden=7)
    refill_all(network)
    label = torch.arange(64 * 96).view(1, 1, 64, 96) // 50 % 5
    semantics = torch.nn.functional.one_hot(label[:, 0], 5).permute(0, 3, 1, 2)
    with torch.no_grad():
        network.train()(semantics.float())
        image = network.eval()(semantics.float())
    return {
        "in/label": label.to(torch.uint8),
        "in/semantics": semantics.to(torch.uint8).contiguous(),
        "out/image": image.contiguous(),
        **{f"state/{key}": value.clone() for key, value in network.state_dict().items()},
    }


def write(path: Path, content: dict[str, Tensor], config: dict[str, Any] | None = None) -> str:
    save_file(content, path, {"config": json.dumps(config or CONFIG)})
    return str(path)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write(tmp_path_factory.mktemp("golden") / "good.safetensors", tensors())


def test_within_tolerance(good: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([good]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines] == [["ok", "good", "image"], ["ok", "good", "semantics"]]
    assert "0.00e+00" in lines[1]


def altered(change: str) -> dict[str, Tensor]:
    content = tensors()
    if change == "one pixel":
        content["out/image"][0, 1, 2, 3] += 1e-3
    if change == "a stored NaN":
        content["out/image"][0, 0, 0, 0] = float("nan")
    if change == "a NaN of ours":
        content["state/conv_img.bias"][0] = float("nan")
    if change == "another size":
        content["out/image"] = content["out/image"][..., :-1].contiguous()
    if change == "a label":
        content["in/label"][0, 0, 0, 0] = 3
    if change == "a key less":
        del content["state/conv_img.bias"]
    if change == "a key more":
        content["state/conv_img.scale"] = torch.ones(1)
    return content


@pytest.mark.parametrize(
    "change",
    ["one pixel", "a stored NaN", "a NaN of ours", "another size", "a label", "a key less", "a key more"],
)
def test_beyond_tolerance(tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str) -> None:
    assert main([write(tmp_path / "bad.safetensors", altered(change))]) == 1
    out = capsys.readouterr().out
    assert "FAIL" in out
    assert "bad" in out


@pytest.mark.parametrize(
    "content",
    ["missing", "folder", "empty", "text", "truncated", "no metadata", "no json", "unknown method", "no outputs"],
)
def test_unreadable(tmp_path: Path, good: str, capsys: pytest.CaptureFixture[str], content: str) -> None:
    path = tmp_path / "file.safetensors"
    if content == "folder":
        path.mkdir()
    if content == "empty":
        path.write_bytes(b"")
    if content == "text":
        path.write_text("not a fixture")
    if content == "truncated":
        path.write_bytes(Path(good).read_bytes()[:-100])
    if content == "no metadata":
        save_file(tensors(), path)
    if content == "no json":
        save_file(tensors(), path, {"config": "{"})
    if content == "unknown method":
        write(path, tensors(), {**CONFIG, "method": "no such method"})
    if content == "no outputs":
        write(path, {key: value for key, value in tensors().items() if not key.startswith("in/")})
    assert main([str(path)]) == 2
    error = capsys.readouterr().err
    assert "UNREADABLE" in error
    assert str(path) in error
    with pytest.raises(UnreadableFixtureError):
        replay(path)


def test_one_bad_file_does_not_hide_the_others(tmp_path: Path, good: str, capsys: pytest.CaptureFixture[str]) -> None:
    beyond = write(tmp_path / "beyond.safetensors", altered("one pixel"))
    missing = str(tmp_path / "missing.safetensors")
    assert main([missing, beyond, good]) == 2
    printed = capsys.readouterr()
    assert "ok    good  image" in printed.out
    assert "FAIL  beyond  image" in printed.out
    assert "missing" in printed.err
    assert main([good, beyond]) == 1


def test_no_file_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_the_command(good: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.golden", good], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "ok    good  image" in done.stdout


def test_the_recipe_of_refilled_weights() -> None:
    # the check that the fixtures' description gives to implementers
    assert refill("seg.bias", [19])[:3].tolist() == pytest.approx([-0.120437, -0.084329, -0.128328], abs=1e-6)
    assert refill("a.num_batches_tracked", []).item() == 0
    assert refill("a._running_iter", [1]).item() == 1
    assert refill("bn.running_var", [1000]).min() >= 0.75
    assert refill("bn.weight", [10000]).mean().item() == pytest.approx(1, abs=0.01)
    assert refill("conv.weight", [50, 30, 3, 3], gain=2.0).std().item() == pytest.approx((2 / 270) ** 0.5, rel=0.02)
    assert not torch.equal(refill("conv.weight", [3, 3]), refill("conv.weight", [3, 3], seed=1))


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_no_file(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([option]) == 0
    assert "Exit code" in capsys.readouterr().out

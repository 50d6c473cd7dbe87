"""The replay of golden fixtures: the fixtures themselves, and the frame that replays them."""

from __future__ import annotations

import importlib.util
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
from tests.golden import eval_metrics
from tests.golden.__main__ import main
from tests.golden._fixture import FOLDER, UnreadableFixtureError, families, read_metadata, replay
from tests.golden._key_hash import refill, refill_all

ROOT = Path(__file__).parents[2]


def known_fixtures() -> list[Path]:
    """Files of the shared folder that a family of this folder knows."""
    known = families()
    files = sorted([*FOLDER.glob("*.safetensors"), *FOLDER.glob("*.json")]) if FOLDER.is_dir() else []
    return [file for file in files if any(family.handles(read_metadata(file)) for family in known)]


@pytest.mark.golden
@pytest.mark.parametrize("path", known_fixtures() or [None], ids=lambda path: path.stem if path else "fixtures")
def test_a_fixture_of_an_official_implementation(golden_folder: Path, path: Path) -> None:
    assert path is not None, f"{golden_folder} holds no fixture that a family of tests/golden knows"
    needed = next(getattr(family, "NEEDS", "torch") for family in families() if family.handles(read_metadata(path)))
    if importlib.util.find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed: its networks were not compared with their fixtures")
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


NO_NUMBERS: dict[str, Any] = {key: {} for key in eval_metrics.PARTS}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (b"", "cannot be read as a JSON file"),
        (b"not a fixture", "cannot be read as a JSON file"),
        (b'{"miou": {"gt": [[0, 0', "cannot be read as a JSON file"),
        (b'{"miou": "\xff"}', "cannot be read as a JSON file"),
        (b"[" * 100_000, "cannot be read as a JSON file"),
        (b"[1, 2]", "holds a JSON list"),
        (b'{"config": {"kind": "another"}, "keys": []}', "of no known family; its metadata has ['config', 'keys']"),
        (json.dumps(NO_NUMBERS).encode(), 'lacks what its family needs: KeyError("rgb_A as an array of numbers'),
        (json.dumps(NO_NUMBERS | {"rgb_A": [[[0, 0, 0]]] * 8}).encode(), "rgb_B as an array of numbers"),
    ],
    ids=["missing", "empty", "text", "truncated", "bytes", "deep", "list", "foreign", "no numbers", "half"],
)
def test_unreadable_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, message: str
) -> None:
    path = tmp_path / "file.json"
    if content is not None:
        path.write_bytes(content)
    assert main([str(path)]) == 2
    error = capsys.readouterr().err
    assert "UNREADABLE" in error
    assert str(path) in error
    assert message in error


# With the fixture itself, altered in one place.


@pytest.mark.golden
@pytest.mark.parametrize(
    ("keys", "value", "line"),
    [
        (("lab_hist8_A", 0, 2), 5, "lab_hist8_A  1.00e+00"),
        (("lab_emd_bins64", "mean"), 10.3994140626, "lab_emd_bins64/mean  1.00e-10"),
        (("miou", "iou", 4), 0.0, "miou/iou is defined  1.00e+00"),
        (("fid_small", "nuclear"), None, "fid_small/nuclear  nan"),
    ],
    ids=["a count", "a float", "an undefined class", "no number"],
)
def test_a_wrong_number_in_json_shows(
    golden_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    keys: tuple[str | int, ...],
    value: float | None,
    line: str,
) -> None:
    fixture = place = json.loads((golden_folder / "eval-metrics.json").read_text())
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(fixture))
    assert main([str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    part = "/".join(str(key) for key in keys if isinstance(key, str))
    failed = [text for text in lines if text.startswith("FAIL")]
    assert all(text.startswith(f"FAIL  wrong  {part}") for text in failed)
    assert any(text.startswith(f"FAIL  wrong  {line}") for text in failed)


@pytest.mark.golden
def test_another_formula_in_json_is_not_guessed(
    golden_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fixture = json.loads((golden_folder / "eval-metrics.json").read_text())
    fixture["msssim"]["formula"] = "128x128 zeros"
    path = tmp_path / "waves.json"
    path.write_text(json.dumps(fixture))
    assert main([str(path)]) == 2
    assert "'128x128 zeros'" in capsys.readouterr().err


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

"""The command line as a user meets it: help, lists, completion, and every wrong turn."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

import generators
from sisbench.cli import main
from tests.trees import tinytown_tree

RUN = ["run", "--method", "lggan", "--dataset", "tinytown"]
TINY = ["--steps", "1", "--batch-size", "1", "--width", "2", "--limit", "2", "--device", "cpu"]


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def refused(result: Result, *parts: str) -> None:
    """One clear message, exit code 2, no traceback."""
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    for part in parts:
        assert part in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["run"],
        ["train"],
        ["generate"],
        ["evaluate"],
        ["compare"],
        ["plot"],
        ["plot", "histdist"],
        ["plot", "recreations"],
        ["plot", "stages"],
        ["recreate"],
        ["table"],
        ["report"],
        ["check"],
        ["check-plugin"],
        ["promote"],
        ["verify"],
        ["study"],
        ["study", "make"],
        ["study", "score"],
        ["weights"],
        ["weights", "list"],
        ["weights", "fetch"],
        ["weights", "verify"],
        ["weights", "add"],
        ["scene-head"],
        ["scene-head", "train"],
        ["data"],
        ["data", "show"],
        ["data", "check"],
        ["segmenter"],
        ["segmenter", "train"],
        ["list"],
        ["doctor"],
        ["completion"],
    ],
)
def test_every_help_text_exists(command: list[str]) -> None:
    result = call(*command, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 4


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("methods", "lggan"),
        ("datasets", "tinytown"),
        ("metrics", "fd_effnet"),
        ("protocols", "spade-2019"),
        ("segmenters", "drn_d_105"),
    ],
)
def test_lists_show_names(kind: str, name: str) -> None:
    result = call("list", kind)
    assert result.exit_code == 0
    assert any(line.split()[0] == name for line in result.output.splitlines())


def test_metrics_are_listed_with_their_numbers() -> None:
    lines = call("list", "metrics").output.splitlines()
    (place,) = [i for i, line in enumerate(lines) if line.startswith("miou ")]
    assert lines[place].split()[:3] == ["miou", "higher", "labels"]
    assert lines[place + 1].strip() == "numbers: miou, accuracy"


@pytest.mark.skipif(torch.cuda.is_available(), reason="the device is there")
def test_a_device_that_is_not_there() -> None:
    refused(call(*RUN, "--device", "cuda"), "the device 'cuda' was asked for")


def test_doctor_says_what_would_be_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("SISBENCH_WEIGHTS", "HOME", "TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    result = call("doctor")
    assert result.exit_code == 0
    assert "no   inception-2015-12-05" in result.output
    assert "no   features inception-clean: lacks the weights inception-2015-12-05 (see above)" in result.output
    assert "yes  efficientnet-lite0" in result.output
    assert "tinytown-v1 on tinytown: n/a: fid" in result.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    result = call("completion", shell)
    assert result.exit_code == 0
    assert "_SISBENCH_COMPLETE" in result.output


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("run --method l", ["lggan", "lggan_crossview"]),
        ("evaluate --dataset t", ["tinytown"]),
        ("evaluate --protocol a", ["all-miou", "ade-256", "ade-csail-ms"]),
        ("evaluate --metrics fid_c", ["fid_clean"]),
        ("evaluate --metrics fid,lab_emd", ["fid,lab_emd", "fid,lab_emd_class"]),
        ("plot histdist --protocol s", ["spade-2019"]),
        ("weights fetch --for sp", ["spade-2019"]),
        ("weights fetch lpips-a", ["lpips-alex-v0.1"]),
        ("scene-head train --dataset t", ["tinytown"]),
        ("segmenter train --dataset t", ["tinytown"]),
    ],
)
def test_names_complete_without_torch(line: str, names: list[str]) -> None:
    place = str(len(line.split()))
    words = {"_SISBENCH_COMPLETE": "bash_complete", "COMP_WORDS": f"sisbench {line}", "COMP_CWORD": place}
    code = "\n".join(
        (
            "import sys",
            "from sisbench.cli import main",
            "try: main(prog_name='sisbench')",
            "finally: assert 'torch' not in sys.modules",
        )
    )
    environment = {**os.environ, **words}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == [f"plain,{name}" for name in names]
    assert "AssertionError" not in done.stderr


def test_completed_names_are_the_registered_ones() -> None:
    from sisbench import metrics
    from sisbench.cli.names import method_names, metric_names

    assert method_names() == generators.names()
    assert metric_names() == metrics.names()


def test_run_prints_the_table_and_where_things_are(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    result = call(*RUN, *TINY, "--output", str(folder))
    assert result.exit_code == 0, result.output
    assert "fd_effnet" in result.output
    assert str(folder / "samples.png") in result.output
    assert "2 of the 120 images" in result.output


def test_train_then_generate_then_run_is_one_run(tmp_path: Path) -> None:
    options = ["--method", "spade", "--dataset", "tinytown", *TINY, "--output", str(tmp_path / "run")]
    refused(call("generate", *options), "holds no trained weights", "sisbench train")
    assert call("train", *options).exit_code == 0
    assert (tmp_path / "run" / "generator.pth").exists()
    assert call("generate", *options).exit_code == 0
    assert len(list((tmp_path / "run" / "images").glob("*.png"))) == 2
    assert call("run", *options).exit_code == 0
    assert (tmp_path / "run" / "record.json").exists()


def test_unknown_names_exit_with_2() -> None:
    refused(call("run", "--method", "lgan", "--dataset", "tinytown"), "closest: 'lggan'", "sisbench list methods")
    refused(call("run", "--method", "lggan", "--dataset", "cityscape"), "closest: 'cityscapes'")
    refused(call("data", "check", "tinytwn"), "closest: 'tinytown'")


def test_a_missing_data_root_says_where_it_looked_and_how_to_get_the_data(tmp_path: Path) -> None:
    refused(
        call("run", "--method", "lggan", "--dataset", "cityscapes", "--output", str(tmp_path / "run")),
        "--root (not given)",
        "SISBENCH_DATA",
        "cityscapes-dataset.com",
    )
    missing = str(tmp_path / "nowhere")
    options = ["--method", "lggan", "--dataset", "cityscapes", "--root", missing, "--output", str(tmp_path / "run")]
    refused(call("run", *options), missing, "does not exist")


@pytest.mark.parametrize(
    ("pattern", "damage", "message"),
    [
        ("leftImg8bit/val/*/*.webp", lambda path: path.write_bytes(path.read_bytes()[:300]), "damaged"),
        ("leftImg8bit/val/*/*.webp", lambda path: path.write_bytes(b""), "damaged"),
        ("gtFine/val/*/*_labelIds.png", lambda path: _repaint(path, mode="RGB"), "ids"),
        ("gtFine/val/*/*_labelIds.png", lambda path: _repaint(path, size=(64, 32)), "64x32"),
        ("gtFine/val/*/*_labelIds.png", lambda path: _repaint(path, value=77), "77"),
        ("gtFine/val/*/*_labelIds.png", lambda path: path.unlink(), "no label map"),
    ],
    ids=["truncated", "empty", "colours", "size", "ids", "unpaired"],
)
def test_damaged_data_names_its_file_before_training(
    pattern: str, damage: Callable[[Path], object], message: str, tmp_path: Path
) -> None:
    root = tinytown_tree(tmp_path / "data")
    victim = sorted(root.glob(pattern))[0]
    damage(victim)
    options = [
        "--steps",
        "0",
        "--width",
        "2",
        "--device",
        "cpu",
        "--root",
        str(root),
        "--output",
        str(tmp_path / "run"),
    ]
    result = call(*RUN, *options)
    refused(result, victim.name.rpartition("_")[0].removesuffix("_gtFine"), message)
    assert not (tmp_path / "run" / "record.json").exists()


def _repaint(path: Path, mode: str = "L", size: tuple[int, int] | None = None, value: int | None = None) -> None:
    from PIL import Image

    image = Image.open(path)
    if size:
        image = image.resize(size, Image.Resampling.NEAREST)
    if value is not None:
        image.paste(value, (0, 0, 8, 8))
    image.convert(mode).save(path)


def test_wrong_weights_are_explained(tmp_path: Path) -> None:
    network = generators.create("spade", num_labels=35, edges=True, size=(128, 256), width=2, hidden=16)
    torch.save(network.state_dict(), tmp_path / "spade.pth")
    (tmp_path / "cut.pth").write_bytes((tmp_path / "spade.pth").read_bytes()[:1000])
    torch.save({"epoch": 3}, tmp_path / "other.pth")
    for name, message in (
        ("spade.pth", "another method"),
        ("cut.pth", "damaged"),
        ("other.pth", "no bare state dict"),
        ("none.pth", "does not exist"),
    ):
        output = ["--output", str(tmp_path / f"run-{name}")]
        refused(call(*RUN, *TINY, "--weights", str(tmp_path / name), *output), name, message)


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert call("train", "--method", "spade", "--dataset", "tinytown", *TINY, "--output", str(folder)).exit_code == 0
    (folder / "generator.pth").unlink()
    checkpoint = folder / "checkpoint.pt"
    checkpoint.write_bytes(checkpoint.read_bytes()[:5000])
    result = call("train", "--method", "spade", "--dataset", "tinytown", *TINY, "--output", str(folder))
    refused(result, "checkpoint.pt", "damaged", "Remove it")


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    folder = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-m", "sisbench", *RUN, *TINY, "--output", str(folder)],
        preexec_fn=small_files,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(folder.rglob("*.part"))
    assert not (folder / "checkpoint.pt").exists()
    assert not (folder / "generator.pth").exists()
    assert call(*RUN, *TINY, "--output", str(folder)).exit_code == 0  # with room, the same command continues


def test_an_interrupt_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sisbench.scored.read", interrupted)
    result = call("compare", "a", "b")
    assert result.exit_code == 130
    assert "Interrupted." in result.output


def test_a_bug_is_no_verdict_and_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr("sisbench.scored.read", broken)
    result = call("compare", "a", "b")
    assert result.exit_code == 70
    assert "Traceback" in result.output
    assert "ZeroDivisionError: of ours" in result.output

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from safetensors import safe_open

import segmenters
from sisbench import datasets, segmenter_training
from sisbench.cli.segmenter import segmenter as command
from sisbench.data import Samples
from sisbench.errors import InputError
from sisbench.metrics.miou import MeanIoU
from sisbench.segmenter_training import BALANCE, class_weights, score, train_segmenter
from tests.trees import tinytown_tree

ARCH = "drn_d_22_quarter"
TINYTOWN = datasets.get("tinytown")


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    phases = tuple(dataclasses.replace(phase, batch_size=2) for phase in segmenter_training.PHASES)
    monkeypatch.setattr(segmenter_training, "PHASES", phases)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One world of each category and split."""
    return tinytown_tree(tmp_path_factory.mktemp("tinytown"))


def samples(root: Path, split: str) -> Samples:
    return Samples(TINYTOWN, datasets.locate(TINYTOWN, root), split)


class Killed(Exception):
    pass


def test_a_training_that_was_killed_writes_the_same_file(root: Path, tmp_path: Path) -> None:
    def run(output: Path, kill_at: int = 0) -> None:
        def log(done: int, total: int, loss: float) -> None:
            assert total == 5
            if done == kill_at:
                raise Killed

        tree = datasets.locate(TINYTOWN, root)
        train_segmenter(ARCH, TINYTOWN, tree, output, command="sisbench ...", steps=5, seed=3, log=log)

    whole, cut = tmp_path / "whole.safetensors", tmp_path / "cut.safetensors"
    run(whole)
    for kill_at in (2, 4):  # inside the first phase (3 steps) and the second (2)
        with pytest.raises(Killed):
            run(cut, kill_at)
        assert not cut.exists()
    run(cut)
    assert cut.read_bytes() == whole.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cut.safetensors", "whole.safetensors"]


def test_the_command_writes_what_it_says(root: Path, tmp_path: Path) -> None:
    output = tmp_path / "w.safetensors"
    arguments = ["train", "--arch", ARCH, "--dataset", "tinytown", "--root", str(root), "--output", str(output)]
    result = CliRunner().invoke(command, [*arguments, "--steps", "2", "--seed", "1"], catch_exceptions=False)
    assert result.exit_code == 0
    with safe_open(output, framework="pt") as stream:
        facts = json.loads(stream.metadata()["facts"])
        kinds = {str(stream.get_slice(key).get_dtype()) for key in stream.keys()}  # noqa: SIM118 (not a mapping)
    loaded = segmenters.create(ARCH, 19, output, input_scale=facts["input_scale"])
    scores = score(loaded, samples(root, "val"))
    assert facts["real_miou"] == scores["miou"].value
    assert facts["real_accuracy"] == scores["accuracy"].value
    assert (facts["arch"], facts["num_classes"], facts["images"], facts["real_images"]) == (ARCH, 19, 12, 12)
    assert facts["data_sha256"] == samples(root, "train").digest()
    assert facts["command"] == (
        f"sisbench segmenter train --arch {ARCH} --dataset tinytown --root {root.name} --steps 2 --seed 1 "
        "--output w.safetensors"
    )
    assert kinds == {"F16", "F32"}
    assert f"mIoU {100 * scores['miou'].value:.2f} %" in result.output
    assert "on 12 real images of tinytown, split val" in result.output


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"--arch": "drn_d_23"}, "'drn_d_23' is not a segmenter; closest: 'drn_d_22'"),
        ({"--dataset": "tinytwn"}, "closest: 'tinytown'"),
        ({"--output": "w.pth"}, "the output is w.pth. Name it"),
        ({"--root": "nowhere"}, "nowhere, which does not exist"),
    ],
)
def test_bad_input_is_one_message(tmp_path: Path, changed: dict[str, str], message: str) -> None:
    options = {"--arch": ARCH, "--dataset": "tinytown", "--output": str(tmp_path / "w.safetensors"), **changed}
    words = [word for option in options.items() for word in option]
    with pytest.raises(InputError, match=message):
        CliRunner().invoke(command, ["train", *words], catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []


def test_class_weights_are_a_power_of_the_frequency(root: Path) -> None:
    train = samples(root, "train")
    table = torch.tensor(train.card.train_id_table())
    pixels = torch.stack([table[train[i].layout] for i in range(len(train))])
    counts = torch.stack([(pixels == c).sum() for c in range(19)]).double()
    weights = class_weights(train).double()
    present = counts > 0
    assert (weights[~present] == 0).all()
    ratio = (counts[0] / counts[present]) ** BALANCE
    torch.testing.assert_close(weights[present] / weights[0], ratio, rtol=1e-5, atol=0)
    assert (weights * counts).sum() / counts.sum() == pytest.approx(1, rel=1e-6)


def test_the_score_does_not_depend_on_the_batch_size(root: Path) -> None:
    segmenter, val = segmenters.create(f"{ARCH}.tinytown"), samples(root, "val")
    by_five, at_once = score(segmenter, val, batch_size=5), MeanIoU(19)
    for i in range(len(val)):
        truth = torch.tensor(val.card.train_id_table())[val[i].layout]
        at_once.update(segmenter(val[i].image[None]), truth[None])
    for name, value in at_once.compute().items():
        assert by_five[name].value == pytest.approx(value.value, rel=1e-4)

"""The training of scene heads: the optimum it finds, what it chooses by, and the command."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from click.testing import CliRunner
from torch import Tensor

from sisbench import datasets, features, scene_head_training
from sisbench.cli.scene_head import scene_head as command
from sisbench.data import Samples
from sisbench.errors import InputError
from sisbench.scene_head import load
from sisbench.scene_head_training import (
    FOLDS,
    categories_of,
    cross_validate,
    extract,
    fit,
    fit_calibrated,
    fit_temperature,
    require_photos,
    score,
    train_scene_head,
)
from tests.trees import tinytown_tree

TINYTOWN = datasets.get("tinytown")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two worlds of each category and split."""
    return tinytown_tree(tmp_path_factory.mktemp("tinytown"), per_category=2)


def clusters(n: int = 90, dim: int = 6, overlap: float = 1.5, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Features of three overlapping classes, float64 (n, dim), and the classes."""
    generator = torch.Generator().manual_seed(seed)
    target = torch.arange(n) % 3
    centres = 2 * torch.randn(3, dim, generator=torch.Generator().manual_seed(99), dtype=torch.float64)
    noise = torch.randn(n, dim, generator=generator, dtype=torch.float64)
    return 5 + centres[target] + overlap * noise, target


@pytest.mark.parametrize("dim", [6, 200])
def test_the_fit_is_the_optimum(dim: int) -> None:
    train, target = clusters(90, dim)
    weight, bias = fit(train, target, 3, strength=0.01)
    weight.requires_grad_()
    bias.requires_grad_()
    scale = (train - train.mean(0)).square().mean().sqrt()
    loss = F.cross_entropy(train @ weight.T + bias, target) + 0.005 * (scale * weight).square().sum()
    slopes = torch.autograd.grad(loss, (weight, bias))
    assert all(float(slope.abs().max()) < 1e-6 for slope in slopes)


def test_a_stronger_penalty_gives_smaller_weights() -> None:
    train, target = clusters()
    sizes = [float(fit(train, target, 3, strength)[0].square().sum()) for strength in (1e-4, 1e-2, 1.0)]
    assert sizes == sorted(sizes, reverse=True)


def test_without_a_minimum_there_is_no_head() -> None:
    with pytest.raises(RuntimeError, match="logistic regression ended"):
        fit(torch.ones(6, 4, dtype=torch.float64), torch.arange(6) % 3, 3, strength=0.01)


def test_held_out_samples_are_not_learned_from() -> None:
    train, target = clusters(30)
    logits = cross_validate(train, target, 3, strength=1e-3)
    part = torch.arange(30) // 3 % FOLDS == 0
    kept = [i for i in range(30) if not part[i]]
    weight, bias = fit(train[kept], target[kept], 3, strength=1e-3)
    torch.testing.assert_close(logits[part], train[part] @ weight.T + bias)
    assert not logits.isnan().any()


def test_temperature_undoes_a_scale() -> None:
    logits = torch.randn(4000, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    target = torch.multinomial(logits.softmax(1), 1, generator=torch.Generator().manual_seed(1))[:, 0]
    assert fit_temperature(logits, target) == pytest.approx(1, abs=0.05)
    assert fit_temperature(3 * logits, target) == pytest.approx(3 * fit_temperature(logits, target), rel=1e-5)


def test_penalty_and_temperature_have_the_smallest_held_out_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene_head_training, "STRENGTHS", (1e-6, 1e-2, 1.0))
    train, target = clusters(600, overlap=2)
    weight, bias, choices = fit_calibrated(train, target, 3)
    losses = {s: float(F.cross_entropy(cross_validate(train, target, 3, s), target)) for s in (1e-6, 1e-2, 1.0)}
    assert choices["strength"] == min(losses, key=losses.__getitem__)
    assert choices["cv_log_loss"] <= min(losses.values())
    plain, _ = fit(train, target, 3, choices["strength"])
    torch.testing.assert_close(weight * choices["temperature"], plain)
    new, seen = clusters(3000, overlap=2, seed=1)
    found = score(weight, bias, new, seen)
    assert found["confidence"].value == pytest.approx(found["top1"].value, abs=0.02)  # calibrated on new samples


def test_scores_by_hand() -> None:
    weight = torch.tensor([[1.0], [0.0]])
    real = torch.tensor([[0.0], [2.0]], dtype=torch.float64)  # probabilities 1/2, 1/2 and e^2 / (1 + e^2)
    found = score(weight, torch.zeros(2), real, torch.tensor([1, 0]))
    sure = torch.tensor(2.0).double().sigmoid().item()
    assert found["confidence"].value == pytest.approx((0.5 + sure) / 2)
    assert found["log_loss"].value == pytest.approx(-(torch.tensor([0.5, sure]).double().log().mean().item()))
    assert found["confident"].value == 0.5
    assert found["top1"] == (0.5, 0.5, 2)  # of two equal probabilities the lower index wins: wrong here


def test_the_command_writes_what_it_says(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene_head_training, "STRENGTHS", (1e-4, 1e-2))  # fewer, for speed
    files = [tmp_path / "a" / "head.safetensors", tmp_path / "b" / "head.safetensors"]
    for output in files:
        words = ["train", "--dataset", "tinytown", "--root", str(root), "--output", str(output)]
        result = CliRunner().invoke(command, words, catch_exceptions=False)
        assert result.exit_code == 0
    assert files[0].read_bytes() == files[1].read_bytes()

    head, network = load(files[0]), features.create("effnet")
    tree = datasets.locate(TINYTOWN, root)
    train, val = Samples(TINYTOWN, tree, "train"), Samples(TINYTOWN, tree, "val")
    real = extract(network, val, lambda done: None)
    scores = score(head.weight, head.bias, real, categories_of(val))
    facts = head.facts
    assert {name: facts[f"real_{name}"] for name in scores} == {name: value.value for name, value in scores.items()}
    assert head.categories == TINYTOWN.card.categories
    assert head.network_sha256 == network.digest
    assert (facts["images"], facts["real_images"], facts["data_sha256"]) == (24, 24, train.digest())
    assert facts["command"] == (
        f"sisbench scene-head train --dataset tinytown --root {root.name} --output head.safetensors"
    )
    assert f"top-1 {100 * scores['top1'].value:.2f} %" in result.output
    assert "on 24 real images of tinytown, split val" in result.output
    assert scores["top1"].value > 0.15  # two photos of a category teach something: chance is 0.08


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"--dataset": "tinytwn"}, "closest: 'tinytown'"),
        ({"--output": "head.pth"}, r"the output is head\.pth; expected"),
        ({"--root": "nowhere"}, "nowhere, which does not exist"),
    ],
)
def test_bad_input_is_one_message(tmp_path: Path, changed: dict[str, str], message: str) -> None:
    options = {"--dataset": "tinytown", "--output": str(tmp_path / "h.safetensors"), **changed}
    words = [word for option in options.items() for word in option]
    with pytest.raises(InputError, match=message):
        CliRunner().invoke(command, ["train", *words], catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []


def test_a_data_set_without_categories(root: Path, tmp_path: Path) -> None:
    plain = dataclasses.replace(TINYTOWN, card=dataclasses.replace(TINYTOWN.card, categories=()))
    with pytest.raises(InputError, match="has no scene categories"):
        train_scene_head(plain, datasets.locate(TINYTOWN, root), tmp_path / "h.safetensors", command="...")


def test_a_category_with_one_photo() -> None:
    with pytest.raises(InputError, match=r"fewer than two train photos: b \(1\), c \(0\);"):
        require_photos(torch.tensor([0, 0, 1]), ("a", "b", "c"))

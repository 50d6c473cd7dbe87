"""What is Zhai et al.'s own: labels of source cells, moved to target cells by an attention."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
import torch
from torch import Tensor

import generators
from benchmarks.plain.zhai import plain
from generators import GeneratorError
from generators.zhai import Zhai, ZhaiObjective, layout_loss
from tests.generators import pinned
from tests.generators.tiny import Case, random_image
from tests.golden._key_hash import refill_all

QUICK = Case("zhai", "quick")


def network(**options: Any) -> Zhai:
    built = dataclasses.replace(QUICK, options=options).generator()
    assert isinstance(built, Zhai)
    return built.eval()


def test_the_grids_of_the_paper() -> None:
    with torch.device("meta"):
        built = Zhai(4, False, (224, 1232))
    assert (built.source_cells, built.target_cells) == ((17, 17), (8, 40))
    features = sum(group[-3].out_channels for group in built.groups)  # type: ignore[misc]
    assert features == built.labels[0].in_channels == 960
    assert built.attention[0].in_features == 4 + 289
    assert tuple(built.bias.shape[1:]) == (8, 1)
    assert generators.parameter_count(built) == PARAMETERS


@torch.no_grad()
def test_it_is_what_the_layer_list_says() -> None:
    built = network()
    built.train()(QUICK.cond())  # running statistics that are not the initial ones
    assert (built.eval()(QUICK.cond()) - plain(built)(QUICK.cond(), None)).abs().max() < 1e-5


@torch.no_grad()
def test_target_cells_mix_the_labels_of_source_cells() -> None:
    stages = network().stages(QUICK.cond())
    rows, columns = network().target_cells
    assert stages["transfer"].shape == (2, rows * columns, 81)
    assert torch.allclose(stages["transfer"].sum(2), torch.ones(2, rows * columns))
    assert stages["logits"].shape == (2, 6, rows, columns)


@torch.no_grad()
def test_pictures_are_shares_that_sum_to_one() -> None:
    shares = network().pictures(QUICK.cond())["share"]
    assert list(shares) == list(range(6))
    assert torch.allclose(torch.stack(list(shares.values())).sum(0), torch.ones(2, 1, *QUICK.size))


@torch.no_grad()
def test_the_target_layout_is_not_looked_at() -> None:
    built, cond = network(), QUICK.cond()
    image = built(cond)
    cond[:, 3:] = 0
    assert torch.equal(image, built(cond))


def test_cells_count_by_the_shares_of_labels_in_them() -> None:
    layout = torch.zeros(1, 2, 2, 4)
    layout[0, 0, :, :1] = 1  # left cell: half label 0, half nothing
    layout[0, 1, :, 2:] = 1  # right cell: label 1
    logits = torch.tensor([[[[0.0, 0.0]], [[math.log(3), 0.0]]]])  # shares 1/4, 3/4 on the left, halves on the right
    expected = (0.5 * math.log(4) + math.log(2)) / 1.5
    assert layout_loss(logits, layout).item() == pytest.approx(expected)
    assert layout_loss(logits, torch.zeros(1, 2, 2, 4)).item() == 0


def test_weights_of_the_attention_are_not_regularised() -> None:
    built = network()
    trained = ZhaiObjective(built, QUICK.recipe)
    stages = built.stages(QUICK.cond())
    terms = trained.generator_terms(QUICK.cond(), random_image(2, QUICK.size), stages)
    named = dict(built.named_parameters())
    weights = [p for name, p in named.items() if p.ndim == 4 and not name.startswith("attention")]
    assert len(weights) == 10 + 3 + 2
    assert terms["l2"].item() == pytest.approx(sum(0.5 * p.square().sum().item() for p in weights), rel=1e-5)


class Pair:
    """A training set of two samples whose labels have one colour each, but for one label that is nowhere."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        cond = torch.zeros(6 + 3, 4, 4)
        cond[6 + index] = 1
        return cond, torch.full((3, 4, 4), 100 + 50 * index, dtype=torch.uint8)

    def digest(self) -> str:
        return "two"


def test_colours_are_means_over_the_training_set() -> None:
    built = Zhai(3, False, (64, 64), width=1, hidden=1, source_size=(112, 112))
    trained = ZhaiObjective(built, QUICK.recipe)
    trained.finish(built, Pair(), seed=0)
    expected = [100 / 127.5 - 1, 150 / 127.5 - 1, 125 / 127.5 - 1]
    assert built.colours.tolist() == [pytest.approx([value] * 3) for value in expected]
    with pytest.raises(GeneratorError, match="training set"):
        trained.finish(built, None, seed=0)


@pytest.mark.parametrize("options", [{"source_size": (96, 224)}, {"cells": (0, 4)}, {"cells": (8, 65)}])
def test_impossible_grids_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(GeneratorError, match=r"96x224|64x64"):
        Zhai(4, False, (64, 64), **options)


def test_recipes() -> None:
    recipe = generators.info("zhai").recipes["cvusa"]
    assert (recipe.batch_size, recipe.epochs, recipe.lr_g, recipe.lr_drop) == (16, 10, 1e-3, (5000, 0.7))
    assert recipe.loss_weights == {"layout": 1.0, "l2": 5e-4}


@torch.no_grad()
def test_the_pinned_network() -> None:
    built = network(source_size=(160, 160), cells=(16, 16))
    refill_all(built)
    cond = torch.cat((pinned.waves(2, 6, *QUICK.size), pinned.cond(6, False, QUICK.size)), dim=1)
    built.train()(cond)
    stages = built.eval().stages(cond)
    assert pinned.summary(stages["logits"]) == pytest.approx(PINNED_LOGITS, abs=pinned.TOLERANCE)
    assert pinned.summary(stages["transfer"]) == pytest.approx(PINNED_TRANSFER, abs=pinned.TOLERANCE)


PARAMETERS = 8_476_262
PINNED_LOGITS = [-0.032834, 0.179133, 0.004001, -0.005465, 0.230624, 0.000244]
PINNED_TRANSFER = [0.012346, 0.000139, 0.012445, 0.012326, 0.01222, 0.012288]

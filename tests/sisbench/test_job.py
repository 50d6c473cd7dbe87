"""Names and options resolved to a job."""

from __future__ import annotations

import pytest

import generators
from sisbench.errors import InputError
from sisbench.job import Overrides, plan


def test_unknown_names_are_answered_with_the_closest() -> None:
    with pytest.raises(generators.GeneratorError, match="'lgan' is not a method; closest: 'lggan'"):
        plan("lgan", "tinytown")
    with pytest.raises(InputError, match="'tinytwon' is not a data set; closest: 'tinytown'"):
        plan("lggan", "tinytwon")
    with pytest.raises(InputError, match="has no recipe 'fast'; it has cityscapes, ade20k, quick"):
        plan("lggan", "tinytown", recipe="fast")
    with pytest.raises(InputError, match="does not cover data set 'tinytown'; it covers cityscapes"):
        plan("lggan", "tinytown", protocol="spade-2019")
    with pytest.raises(InputError, match="trains at 256x512, protocol 'tinytown-v1' scores tinytown at 128x256"):
        plan("lggan", "tinytown", recipe="cityscapes")
    with pytest.raises(InputError, match="no loss term 'vgg'; it has gan"):
        plan("lggan", "tinytown", overrides=Overrides(without=("vgg",)))


def test_the_default_recipe_is_the_data_set_s_own_or_quick() -> None:
    assert plan("lggan", "tinytown").recipe_name == "quick"
    assert plan("lggan", "cityscapes").recipe_name == "cityscapes"


def test_overrides_change_the_recipe_and_nothing_else() -> None:
    job = plan("lggan", "cityscapes", overrides=Overrides(steps=7, batch_size=3, width=5, without=("vgg",)))
    paper = generators.info("lggan").recipes["cityscapes"]
    assert (job.recipe.steps, job.recipe.decay_steps, job.recipe.epochs, job.recipe.batch_size) == (7, 0, 0, 3)
    assert job.recipe.model == {**paper.model, "width": 5}
    assert job.recipe.discriminator == {**paper.discriminator, "width": 5}
    assert set(paper.loss_weights) - set(job.recipe.loss_weights) == {"vgg"}
    assert (job.recipe.lr_g, job.recipe.betas) == (paper.lr_g, paper.betas)


def test_the_folder_s_name_follows_from_the_settings() -> None:
    first, second = plan("lggan", "tinytown"), plan("lggan", "tinytown", seed=1)
    assert first.default_folder() == plan("lggan", "tinytown").default_folder()
    assert first.default_folder() != second.default_folder()
    assert first.default_folder().as_posix().startswith("runs/tinytown/lggan-quick-seed0-")

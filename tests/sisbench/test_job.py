"""Names and options resolved to a job."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import generators
from sisbench.decoding import size_of
from sisbench.errors import InputError
from sisbench.generation import Inputs
from sisbench.job import Overrides, plan
from sisbench.pipeline import run
from tests.trees import ade20k_tree, coco_stuff_tree


def test_unknown_names_are_answered_with_the_closest() -> None:
    with pytest.raises(generators.GeneratorError, match="'lgan' is not a method; closest: 'lggan'"):
        plan("lgan", "tinytown")
    with pytest.raises(InputError, match="'tinytwon' is not a data set; closest: 'tinytown'"):
        plan("lggan", "tinytwon")
    with pytest.raises(InputError, match="has no recipe 'fast'; it has cityscapes, ade20k, "):
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


def test_terms_that_join_later_join_at_the_same_share_of_another_length() -> None:
    assert plan("safm", "cityscapes", overrides=Overrides(steps=50)).recipe.late_terms == (("segmentation_fake", 15),)
    quick = generators.info("safm").recipes["quick"]
    late = quick.late_terms[0][1] * 19 // quick.total_steps
    assert plan("safm", "tinytown", overrides=Overrides(steps=19)).recipe.late_terms == (("segmentation_fake", late),)
    assert plan("safm", "tinytown").recipe.late_terms == quick.late_terms


@pytest.mark.parametrize(
    ("method", "dataset", "title"), [("safm", "ade20k", "ADE20K"), ("spade", "coco_stuff", "COCO-Stuff")]
)
def test_missing_instance_maps_are_said_before_anything_starts(
    tmp_path: Path, method: str, dataset: str, title: str
) -> None:
    tree = {"ade20k": ade20k_tree, "coco_stuff": coco_stuff_tree}[dataset](tmp_path / "data")
    job = plan(method, dataset, root=tree, overrides=Overrides(without=("vgg",)))
    told: list[str] = []
    with pytest.raises(InputError, match=f"needs the instance maps of {title}, and 3 samples of split 'val' in .*data"):
        run(job, tmp_path / "run", progress=lambda stage, done, total: told.append(stage))
    assert told == []
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["spec.json"]
    with pytest.raises(InputError, match=r"4 samples of split 'train' in .* have none, such as"):
        job.training_samples()


def test_a_method_that_takes_none_misses_no_instance_maps(tmp_path: Path) -> None:
    tree = coco_stuff_tree(tmp_path)
    assert len(plan("oasis", "coco_stuff", root=tree).samples("val")) == 3
    assert len(plan("spade", "ade20k", root=ade20k_tree(tmp_path / "ade")).samples("val")) == 3


def test_instance_maps_of_ade20k_are_read_for_the_method_that_needs_them(tmp_path: Path) -> None:
    tree = ade20k_tree(tmp_path)
    for file in tree.glob("annotations/*/*.png"):
        path = tree / "annotations_instance" / file.parent.name / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        height, width = size_of(file)
        bands = np.zeros((height, width, 3), np.uint8)
        bands[: height // 2] = (12, 7, 0)
        Image.fromarray(bands).save(path)
    job = plan("safm", "ade20k", root=tree, overrides=Overrides(width=2))
    sample = job.samples("val")[0]
    assert sample.instance is not None
    assert sample.instance.unique().tolist() == [0, 7]
    inputs = Inputs(job, sample, job.generator(), torch.device("cpu"))
    assert inputs.cond.shape == (1, 152, 256, 256)
    assert inputs.cond[0, -1].unique().tolist() == [0, 7]


def test_the_folder_s_name_follows_from_the_settings() -> None:
    first, second = plan("lggan", "tinytown"), plan("lggan", "tinytown", seed=1)
    assert first.default_folder() == plan("lggan", "tinytown").default_folder()
    assert first.default_folder() != second.default_folder()
    assert first.default_folder().as_posix().startswith("runs/tinytown/lggan-quick-seed0-")

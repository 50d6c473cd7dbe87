"""Noise drawn anew: which pixels get it, from which seed, and every wrong turn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image

import generators
from generators.oasis import Oasis
from sisbench import images, resampling
from sisbench.cli import main
from sisbench.data import Samples
from sisbench.errors import InputError
from sisbench.generation import IMAGES, Inputs, generate
from sisbench.job import Job
from sisbench.pipeline import make_fabric
from sisbench.resampling import Redrawing, generate_resampled, parse
from sisbench.training import loaded
from tests.sisbench.oasis_run import tiny_job, write_run

SIZE = (128, 256)
Z = 4
"""Dimensions of the quick recipe's noise."""


class Made:
    """A run with its images."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.job = folder, write_run(folder)
        self.samples: Samples = self.job.samples("val")
        self.state = loaded(self.job, folder).state_dict()
        generate(self.job, self.state, self.samples, folder, make_fabric("cpu"))

    def again(self, text: str, **how: Any) -> Path:
        redrawing = Redrawing(parse(text, self.job.card, self.job.size), **how)
        return generate_resampled(self.job, self.state, self.samples, self.folder, make_fabric("cpu"), redrawing)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("resampling") / "run")


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[torch.Tensor]:
    """Noise that the network is given, from now on."""
    noises: list[torch.Tensor] = []
    original = Oasis.stages

    def stages(network: Oasis, cond: torch.Tensor, noise: torch.Tensor | None = None) -> generators.Stages:
        assert noise is not None
        noises.append(noise)
        return original(network, cond, noise)

    monkeypatch.setattr(Oasis, "stages", stages)
    return noises


def draw_mask(path: Path, size: tuple[int, int] = SIZE, mode: str = "L", white: bool = True) -> Path:
    array = np.zeros(size, dtype=np.uint8)
    array[10:50, 100:200] = 255 * white
    Image.fromarray(array).convert(mode).save(path)
    return path


def new_noise(job: Job, key: str, number: int, shape: tuple[int, ...]) -> torch.Tensor:
    rng = torch.Generator().manual_seed(generators.derive_seed(job.seed, "resample", key, str(number)))
    return torch.randn(shape, generator=rng)


def test_a_class_gets_new_noise_where_it_is(made: Made, seen: list[torch.Tensor], tmp_path: Path) -> None:
    road = next(label.id for label in made.job.card.labels if label.name == "road")
    key = made.samples.keys[0]
    target = made.again("class:road", rounds=2, keys=(key,))
    assert sorted(path.name for path in (target / key).iterdir()) == ["00.png", "01.png"]
    where = made.samples[0].layout == road
    assert bool(where.any())
    kept = Inputs(made.job, made.samples[0], made.job.generator(), torch.device("cpu")).noise(0)
    assert kept is not None
    for number, noise in enumerate(seen):
        assert noise.shape == (1, Z, *SIZE)
        new = new_noise(made.job, key, number, (1, Z))
        assert torch.equal(noise[0][:, where], new[0][:, None].expand(-1, int(where.sum())))
        assert torch.equal(noise[0][:, ~where], kept[0][:, None].expand(-1, int((~where).sum())))
    before = images.decode_photo(made.folder / IMAGES / f"{key}.png").float()
    after = images.decode_photo(target / key / "00.png").float()
    difference = (before - after).abs().mean(dim=0)
    assert difference[where].mean() > difference[~where].mean()


def test_globally_the_whole_image_gets_one_new_vector(made: Made, seen: list[torch.Tensor]) -> None:
    target = made.again("global")
    assert sorted(path.name for path in target.iterdir()) == sorted(made.samples.keys)
    for key, noise in zip(made.samples.keys, seen, strict=True):
        assert torch.equal(noise, new_noise(made.job, key, 0, (1, Z)))


def test_a_region_by_pixel(made: Made, seen: list[torch.Tensor], tmp_path: Path) -> None:
    target = made.again(f"region:{draw_mask(tmp_path / 'my sky.png')}", pixelwise=True, keys=made.samples.keys[1:2])
    assert target.name == "region-my_sky-pixelwise"
    where = torch.zeros(SIZE, dtype=torch.bool)
    where[10:50, 100:200] = True
    new = new_noise(made.job, made.samples.keys[1], 0, (1, Z, *SIZE))
    assert torch.equal(seen[0][0][:, where], new[0][:, where])
    assert seen[0][0, 0, ~where].unique().numel() == 1


def test_what_is_there_is_kept_and_another_region_starts_over(
    made: Made, seen: list[torch.Tensor], tmp_path: Path
) -> None:
    text = f"region:{draw_mask(tmp_path / 'region.png')}"
    key = made.samples.keys[:1]
    made.again(text, keys=key)
    made.again(text, keys=key, rounds=2)
    assert len(seen) == 2
    Image.fromarray(np.eye(*SIZE, dtype=np.uint8)).save(tmp_path / "region.png")
    made.again(text, keys=key)
    assert len(seen) == 3


def test_layouts_without_the_class_are_left_out(made: Made) -> None:
    layouts = [made.samples[index].layout for index in range(len(made.samples))]
    partly = [
        label.name
        for label in made.job.card.labels
        if 0 < sum(bool((layout == label.id).any()) for layout in layouts) < len(layouts)
    ]
    assert partly, "the three layouts hold the same classes: choose others"
    label = next(label for label in made.job.card.labels if label.name == partly[0])
    expected = [key for key, layout in zip(made.samples.keys, layouts, strict=True) if bool((layout == label.id).any())]
    target = made.again(f"class:{label.name}")
    assert sorted(path.name for path in target.iterdir()) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("everywhere", "expected 'global', 'class:NAME'"),
        ("class:", "expected 'global', 'class:NAME'"),
        ("global:car", "expected 'global', 'class:NAME'"),
        ("class:dragon", "has no class 'dragon'; it has unlabeled"),
        ("region:nowhere.png", r"nowhere\.png is no file"),
    ],
)
def test_words_that_are_not_understood(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse(text, tiny_job().card, SIZE)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: draw_mask(path, (64, 128)), "is 128x64; the images are 256x128"),
        (lambda path: draw_mask(path, mode="RGB"), "kind 'RGB'; expected one of one channel"),
        (lambda path: draw_mask(path, white=False), "black all over"),
        (lambda path: path.write_bytes(draw_mask(path).read_bytes()[:60]), "region.png"),
    ],
)
def test_regions_that_do_not_fit(make: Callable[[Path], object], message: str, tmp_path: Path) -> None:
    path = tmp_path / "region.png"
    make(path)
    with pytest.raises(InputError, match=message):
        parse(f"region:{path}", tiny_job().card, SIZE)


def test_a_key_that_is_no_layouts(made: Made) -> None:
    with pytest.raises(InputError, match="no layouts nowhere"):
        made.again("global", keys=("nowhere",))


def test_a_class_that_no_layout_has(made: Made) -> None:
    absent = next(
        label.name
        for label in made.job.card.labels
        if not any(bool((made.samples[index].layout == label.id).any()) for index in range(len(made.samples)))
    )
    with pytest.raises(InputError, match="no layout has a pixel of class"):
        made.again(f"class:{absent}")


@pytest.mark.parametrize(
    ("method", "recipe", "text", "message"),
    [
        ("lggan", "quick", "global", "takes no noise"),
        ("spade", "quick-style", "class:road", "one noise vector for the whole image"),
    ],
)
def test_methods_without_3d_noise(method: str, recipe: str, text: str, message: str, tmp_path: Path) -> None:
    job = tiny_job(method, recipe)
    how = Redrawing(parse(text, job.card, job.size))
    network = job.generator()
    with pytest.raises(InputError, match=message):
        generate_resampled(job, network.state_dict(), job.samples("val"), tmp_path, make_fabric("cpu"), how)
    assert not (tmp_path / resampling.RESAMPLED).exists()


def test_one_vector_can_be_drawn_anew_globally(tmp_path: Path) -> None:
    job = tiny_job("spade", "quick-style")
    how = Redrawing(parse("global", job.card, job.size), keys=job.samples("val").keys[:1])
    state = job.generator().state_dict()
    target = generate_resampled(job, state, job.samples("val"), tmp_path, make_fabric("cpu"), how)
    assert len(list(target.rglob("*.png"))) == 1


def call(folder: Path, *arguments: str) -> Result:
    options = ["--method", "oasis", "--dataset", "tinytown", "--width", "2", "--limit", "3", "--device", "cpu"]
    return CliRunner().invoke(main, ["generate", *options, "--output", str(folder), *arguments])


def test_the_command(made: Made) -> None:
    key = made.samples.keys[2]
    result = call(made.folder, "--resample", "class:sky", "--rounds", "2", "--key", key)
    assert result.exit_code == 0, result.output
    assert str(made.folder / "resampled" / "class-sky") in result.output
    assert len(list((made.folder / "resampled" / "class-sky" / key).iterdir())) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--resample", "class:dragon"], "has no class 'dragon'"),
        (["--pixelwise"], "'--resample' works, which is missing"),
        (["--rounds", "3"], "'--resample' works, which is missing"),
    ],
)
def test_wrong_turns_of_the_command(made: Made, arguments: list[str], message: str) -> None:
    result = call(made.folder, *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())

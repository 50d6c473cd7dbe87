"""Styles that are taken from the photos that are to be predicted."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import generators
from generators import GeneratorError
from generators.spade import StyleEncoder
from sisbench import styles
from sisbench.errors import InputError
from sisbench.job import Job, Overrides, plan
from sisbench.pipeline import run
from sisbench.styles import posterior, style_encoder

NARROW = {"width": 2, "hidden": 4, "upsampling": "more", "z_dim": 8}


def job(recipe: str = "quick-posterior", weights: Path | None = None, steps: int = 0, limit: int = 2) -> Job:
    made = plan(
        "ccfpse", "tinytown", recipe=recipe, weights_file=weights, overrides=Overrides(steps=steps), limit=limit
    )
    return dataclasses.replace(made, recipe=dataclasses.replace(made.recipe, model=NARROW, discriminator={"width": 2}))


def encoder(seed: int = 0) -> StyleEncoder:
    torch.manual_seed(seed)
    return StyleEncoder(2, 8).eval()


def test_a_style_is_mean_and_deviation_of_the_photo() -> None:
    class Fixed(nn.Module):
        def forward(self, photo: Tensor) -> tuple[Tensor, Tensor]:
            assert photo.shape == (1, 3, 2, 2)
            assert photo.unique().tolist() == [-1.0, 1.0]
            return torch.tensor([[1.0, 2.0]]), torch.tensor([[4.0, 9.0]]).log()

    photo = torch.zeros(3, 2, 2, dtype=torch.uint8)
    photo[:, 0] = 255
    style = posterior(Fixed(), photo, torch.tensor([[0.5, -1.0]]))
    torch.testing.assert_close(style, torch.tensor([[1.0 + 2 * 0.5, 2.0 - 3.0]]))


def test_other_recipes_draw_their_styles(tmp_path: Path) -> None:
    assert style_encoder(job("quick-style"), tmp_path) == (None, {})


@pytest.mark.parametrize(
    ("generator", "found"), [("9_net_G.pth", "9_net_E.pth"), ("mine.pth", "encoder.pth"), (None, "encoder.pth")]
)
def test_where_its_weights_are_looked_for(tmp_path: Path, generator: str | None, found: str) -> None:
    weights = tmp_path / generator if generator else None
    if weights:
        weights.write_bytes(b"")
    with pytest.raises(InputError, match=f"{found} do not exist.*draws styles"):
        style_encoder(job(weights=weights), tmp_path)
    theirs = encoder(1)
    torch.save(theirs.state_dict(), tmp_path / found)
    loaded, facts = style_encoder(job(weights=weights), tmp_path)
    assert loaded is not None
    assert not loaded.training
    assert facts == {"sha256": generators.state_digest(theirs.state_dict())}
    assert generators.state_digest(loaded.state_dict()) == facts["sha256"]


def test_an_encoder_of_another_width_is_refused(tmp_path: Path) -> None:
    torch.save(StyleEncoder(3, 8).state_dict(), tmp_path / "encoder.pth")
    with pytest.raises(GeneratorError, match="does not fit StyleEncoder"):
        style_encoder(job(), tmp_path)


def test_a_method_without_styles_is_told(tmp_path: Path) -> None:
    made = job("quick")
    silent = dataclasses.replace(made.recipe, style="posterior", model={**NARROW, "z_dim": 0})
    with pytest.raises(InputError, match="encodes no styles"):
        style_encoder(dataclasses.replace(made, recipe=silent), tmp_path)


def test_a_run_takes_the_style_of_each_photo_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Tensor] = []
    taken = styles.posterior
    monkeypatch.setattr(
        "sisbench.generation.posterior", lambda e, photo, noise: (seen.append(photo), taken(e, photo, noise))[1]
    )
    made = job(steps=1)
    record = run(made, tmp_path / "run", device="cpu", cache_dir=tmp_path / "cache")
    assert record is not None
    state = generators.read_state(tmp_path / "run" / "encoder.pth")
    assert record.provenance["style_encoder"] == {"sha256": generators.state_digest(state)}
    assert record.spec["resolved_recipe"]["style"] == "posterior"
    photos = made.samples("val")
    assert [torch.equal(photo, photos[i].image) for i, photo in enumerate(seen)] == [True, True]
    manifest = json.loads((tmp_path / "run" / "images.json").read_text())
    assert manifest["prepared_sha256"] == record.provenance["style_encoder"]["sha256"]

"""Scene heads: the file of the package, what it sees, and what is said of files that are something else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from sisbench import datasets, features, protocols, scene_head
from sisbench.data import Samples
from sisbench.errors import InputError
from sisbench.features import FeatureNet, Unavailable
from sisbench.files import sha256

NAME = "scene.tinytown"
VIEWS = {NAME: "tinytown", "scene.tinytown-aerial": "tinytown_g2a"}
FACTS = {"categories": ["a", "b", "c"], "network": "effnet", "network_sha256": "0" * 64}


@pytest.fixture(scope="module")
def effnet() -> FeatureNet:
    """A network of its own, since heads are attached to it."""
    network = features.create("effnet")
    scene_head.attach(network, NAME)
    return network


def written(folder: Path, weight: Tensor, bias: Tensor, facts: dict[str, object] | None = None) -> Path:
    path = folder / "head.safetensors"
    save_file({"weight": weight, "bias": bias}, path, {"facts": json.dumps(FACTS if facts is None else facts)})
    return path


@pytest.mark.parametrize("name", VIEWS)
def test_the_heads_of_the_package_say_what_they_are(name: str) -> None:
    assert set(scene_head.SHIPPED) == set(VIEWS)
    file = scene_head.SHIPPED[name].file
    path = scene_head.ASSETS / file
    assert sha256(path) == scene_head.SHIPPED[name].sha256
    assert path.stat().st_size < 65_000
    head = scene_head.load(path)
    card = datasets.get("tinytown").card
    assert head.categories == card.categories
    assert (head.weight.shape, head.bias.shape) == ((12, 1280), (12,))
    assert head.network_sha256 == features.create(head.network).digest, "features changed: train the head again"
    assert head.facts["dataset"] == VIEWS[name]
    assert head.facts["command"] == f"sisbench scene-head train --dataset {VIEWS[name]} --output {file}"
    assert head.facts["real_top1"] > 0.6  # chance is 0.08
    assert abs(head.facts["real_confidence"] - head.facts["real_top1"]) < 0.04  # calibrated, to a standard error


@pytest.mark.parametrize("direction", ["a2g", "g2a"])
def test_a_direction_has_the_head_of_its_target(direction: str) -> None:
    scoring = protocols.get("tinytown-crossview-v1").scoring(f"tinytown_{direction}")
    assert scoring.classifier == f"effnet/{NAME if direction == 'a2g' else 'scene.tinytown-aerial'}"


def test_it_recognises_the_held_out_scenes(effnet: FeatureNet) -> None:
    """One photo of each category that is part of the package."""
    dataset = datasets.get("tinytown")
    val = Samples(dataset, datasets.locate(dataset, None), "val", limit=12)
    probabilities = effnet.extract(torch.stack([val[i].image for i in range(12)]), [NAME])[NAME]
    assert (probabilities.shape, probabilities.dtype) == ((12, 12), torch.float64)
    assert (probabilities.sum(1) - 1).abs().max() < 1e-12
    truth = torch.tensor([dataset.card.categories.index(val[i].category or "") for i in range(12)])
    assert len(truth.unique()) == 12
    assert int((probabilities.argmax(1) == truth).sum()) >= 6


def test_it_is_one_more_output_of_its_network(effnet: FeatureNet) -> None:
    assert effnet.heads == {"pooled": 1280, NAME: 12}
    assert effnet.head_digest(NAME) != effnet.digest
    with pytest.raises(ValueError, match=r"a head 'scene\.tinytown' already"):
        scene_head.attach(effnet, NAME)


def test_the_protocol_names_it() -> None:
    scoring = protocols.get("crossview-2018").scoring("tinytown")
    network, _, head = (scoring.classifier or "").partition("/")
    assert network in features.names()
    assert head in scene_head.SHIPPED
    assert scoring.size == datasets.get("tinytown").card.size


def test_probabilities_by_hand(tmp_path: Path) -> None:
    weight = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]).log1p()  # ln 2 on the diagonal
    head = scene_head.load(written(tmp_path, weight, torch.tensor([0.0, 0.0, 1.0])))
    found = head(torch.tensor([[1.0, 2.0]], dtype=torch.float64))  # logits ln 2, ln 4, 1
    expected = torch.tensor([2.0, 4.0, torch.e], dtype=torch.float64)
    torch.testing.assert_close(found[0], expected / expected.sum(), rtol=1e-7, atol=0)


def test_other_features_are_refused(effnet: FeatureNet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effnet, "digest", "f" * 64)
    monkeypatch.setattr(effnet, "_attached", {})
    with pytest.raises(Unavailable, match=r"was trained on effnet features of digest .* but these are effnet features"):
        scene_head.attach(effnet, NAME)
    assert list(effnet.heads) == ["pooled"]


def test_an_unknown_head(effnet: FeatureNet) -> None:
    with pytest.raises(InputError, match=r"'scene\.tinytwn' is not a scene head; closest: 'scene\.tinytown'"):
        scene_head.attach(effnet, "scene.tinytwn")


def test_a_damaged_package_file_is_named(effnet: FeatureNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = scene_head.SHIPPED[NAME].file
    content = bytearray((scene_head.ASSETS / file).read_bytes())
    content[-1] ^= 1
    monkeypatch.setattr(scene_head, "ASSETS", tmp_path)
    with pytest.raises(Unavailable, match=f"looked for in .*{file}, which is not a file"):
        scene_head.attach(effnet, NAME)
    (tmp_path / file).write_bytes(content)
    with pytest.raises(Unavailable, match=f"{file} is not the expected scene head: its SHA-256 begins with"):
        scene_head.attach(effnet, NAME)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text", "cannot be read as a scene head"),
        ("no facts", r"cannot be read as a scene head \(KeyError: 'categories'\)"),
        ("a class less", r"holds weights of shape \(2, 4\) and \(3,\), .* expected \(3, D\) and \(3,\)"),
        ("a bias less", r"of shape \(3, 4\) and \(2,\)"),
        ("infinite", "numbers that are not finite"),
    ],
)
def test_files_that_are_no_head(tmp_path: Path, content: str, message: str) -> None:
    path = written(tmp_path, torch.zeros(3, 4), torch.zeros(3))
    assert scene_head.load(path).categories == ("a", "b", "c")
    if content == "text":
        path.write_text("not a head")
    if content == "no facts":
        path = written(tmp_path, torch.zeros(3, 4), torch.zeros(3), {})
    if content == "a class less":
        path = written(tmp_path, torch.zeros(2, 4), torch.zeros(3))
    if content == "a bias less":
        path = written(tmp_path, torch.zeros(3, 4), torch.zeros(2))
    if content == "infinite":
        path = written(tmp_path, torch.zeros(3, 4), torch.tensor([0.0, torch.inf, -torch.inf]))
    with pytest.raises(Unavailable, match=message):
        scene_head.load(path)

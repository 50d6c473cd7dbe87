from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest
import torch
from skimage import data as photos
from torch import Tensor

from generators import ensure_torchvision
from sisbench import features, weights
from sisbench.errors import InputError
from sisbench.features import FeatureNet, Unavailable


@pytest.fixture(scope="module")
def effnet() -> FeatureNet:
    return features.create("effnet")


def noise(n: int, height: int, width: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (n, 3, height, width), generator=generator).to(torch.uint8)


def test_effnet_features(effnet: FeatureNet) -> None:
    found = effnet(noise(3, 40, 72))
    assert (found.shape, found.dtype, found.requires_grad) == ((3, 1280), torch.float64, False)
    assert found.isfinite().all()
    assert not torch.allclose(found[0], found[1])
    assert torch.equal(found, effnet(noise(3, 40, 72)))


def test_a_feature_depends_on_its_image_alone(effnet: FeatureNet) -> None:
    image = noise(5, 64, 64)
    together = effnet(image)
    alone = torch.cat([effnet(one) for one in image.split(1)])
    assert torch.allclose(together, alone, atol=1e-5)


# Classes of ImageNet, recognised only if weights, normalisation and resizing are those of the training.
@pytest.mark.parametrize(("photo", "classes"), [("coffee", {967}), ("chelsea", {281, 282, 285})])
def test_effnet_recognises_photos(effnet: FeatureNet, photo: str, classes: set[int]) -> None:
    image = torch.from_numpy(getattr(photos, photo)().copy()).permute(2, 0, 1)[None]
    network = effnet._network.network
    assert int(network.classifier(effnet(image).float()).argmax()) in classes


def test_the_digest_names_weights_and_convention(effnet: FeatureNet) -> None:
    assert len(effnet.digest) == 64
    assert effnet.digest == features.create("effnet").digest
    assert effnet.digest != weights.get("efficientnet-lite0").sha256


def test_training_mode_is_refused(effnet: FeatureNet) -> None:
    effnet._network.network.bn1.train()
    try:
        with pytest.raises(RuntimeError, match="training mode"):
            effnet(noise(1, 32, 32))
    finally:
        effnet._network.eval()


@pytest.mark.parametrize("bad", [noise(1, 8, 8).float(), noise(1, 8, 8)[0], noise(1, 8, 8)[:, :1], noise(0, 8, 8)])
def test_bad_images(effnet: FeatureNet, bad: Tensor) -> None:
    with pytest.raises(InputError, match=r"expected torch\.uint8 of shape"):
        effnet(bad)


def test_unknown_network() -> None:
    with pytest.raises(InputError, match="closest: 'inception'"):
        features.create("inceptionv3")


def test_inception_without_its_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("SISBENCH_WEIGHTS", "TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(Unavailable, match="6726825d"):
        features.create("inception")


def test_inception_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The published file is not part of the project: one of the same keys and shapes stands in, under its own digest.
    torchvision = ensure_torchvision()
    torch.manual_seed(0)
    network = torchvision.models.Inception3(num_classes=1008, aux_logits=False, init_weights=False)
    known = weights.get("inception-2015-12-05")
    torch.save(network.state_dict(), tmp_path / known.filename)
    digest = hashlib.sha256((tmp_path / known.filename).read_bytes()).hexdigest()
    monkeypatch.setitem(weights._WEIGHTS, known.name, dataclasses.replace(known, sha256=digest[:8]))
    monkeypatch.setenv("SISBENCH_WEIGHTS", str(tmp_path))
    inception = features.create("inception")
    found = inception(noise(2, 48, 96))
    assert (found.shape, found.dtype, inception.dim) == ((2, 2048), torch.float64, 2048)
    assert found.isfinite().all()
    assert not torch.equal(found[0], found[1])

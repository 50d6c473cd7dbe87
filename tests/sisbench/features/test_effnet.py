from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from skimage import data as photos
from torch import nn

from generators import ensure_torchvision
from sisbench import features, weights
from sisbench.features import FeatureNet
from tests.sisbench.features._noise import noise, relative_error


@pytest.fixture(scope="module")
def effnet() -> FeatureNet:
    return features.create("effnet")


def test_features(effnet: FeatureNet) -> None:
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
def test_it_recognises_photos(effnet: FeatureNet, photo: str, classes: set[int]) -> None:
    image = torch.from_numpy(getattr(photos, photo)().copy()).permute(2, 0, 1)[None]
    network = effnet._trunk.network
    assert int(network.classifier(effnet(image).float()).argmax()) in classes


def test_folding_changes_rounding_alone(effnet: FeatureNet) -> None:
    """Records rest on features computed with separate batch norms."""
    ensure_torchvision()
    import timm

    network = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    state = torch.load(weights.find("efficientnet-lite0"), map_location="cpu", weights_only=True)
    network.load_state_dict(dict(zip(network.state_dict(), state.values(), strict=True)))
    image = torch.from_numpy(photos.chelsea().copy()).permute(2, 0, 1)[None]
    x = F.interpolate(image.float(), (224, 224), mode="bilinear", align_corners=False, antialias=True)
    with torch.no_grad():
        expected = network.forward_head(network.forward_features((x - 127) / 128), pre_logits=True)
    assert relative_error(effnet(image), expected) < 5e-6
    assert not any(isinstance(module, nn.BatchNorm2d) for module in effnet._trunk.modules())


def test_the_digest_names_weights_and_convention(effnet: FeatureNet) -> None:
    # of every record so far: sha256 of "<sha256 of the file> bilinear-antialias-224"
    assert effnet.digest == "3ee8ed0c33a6d21c381076fc4f341251a47ab3647145a4834fc21bf30c5884e9"
    assert effnet.digest == features.create("effnet").digest

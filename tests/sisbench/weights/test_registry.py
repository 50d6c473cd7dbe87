from __future__ import annotations

import string
import subprocess
import sys

import pytest

import segmenters
from sisbench import features, weights
from sisbench.errors import InputError

PUBLISHED = {
    "alexnet-imagenet": "alexnet-owt-7be5be79.pth",
    "alexnet-places365": "alexnet_places365.pth.tar",
    "dinov2-vitl14": "dinov2_vitl14_pretrain.pth",
    "efficientnet-lite0": "efficientnet-lite0-57934424.pth",
    "inception-2015-12-05": "weights-inception-2015-12-05-6726825d.pth",
    "squeezenet1_1-imagenet": "squeezenet1_1-b8a52dc0.pth",
    "vgg16-imagenet": "vgg16-397923af.pth",
    "vgg19-imagenet": "vgg19-dcbb9e9d.pth",
    "vgg19-matconvnet": "imagenet-vgg-verydeep-19.mat",
}


def test_file_names_are_the_published_ones() -> None:
    assert {name: weights.get(name).filename for name in PUBLISHED} == PUBLISHED
    assert set(weights.names()) - set(PUBLISHED) == {"lpips-alex-v0.1", "lpips-squeeze-v0.1", "lpips-vgg-v0.1"}


@pytest.mark.parametrize("weight", weights.catalogue(), ids=lambda weight: weight.name)
def test_facts_are_complete(weight: weights.Weight) -> None:
    assert weights.get(weight.name) == weight
    assert weight.licence
    assert weight.used_by
    assert weight.sha256 is None or (len(weight.sha256) in (8, 64) and set(weight.sha256) <= set(string.hexdigits))
    if weight.direct:
        # The two origins without https and without a digest are known; a third one should be thought about.
        assert weight.url.startswith("https://") or weight.name in ("alexnet-places365", "vgg19-matconvnet")
    if weight.sha256 is not None and len(weight.sha256) == 8:  # the convention of torch.hub
        assert f"-{weight.sha256}." in weight.filename
        assert weight.url.endswith(weight.filename)


def test_names_and_files_are_unique() -> None:
    entries = weights.catalogue()
    assert len({weight.name for weight in entries}) == len({weight.filename for weight in entries}) == len(entries)


def test_segmenters_are_listed_as_they_declare_themselves() -> None:
    drn = weights.get("drn_d_105.cityscapes")
    assert (drn.filename, drn.sha256, drn.direct) == ("drn-d-105_ms_cityscapes.pth", None, False)
    declared = {f"{arch}.{known.tag}" for arch in segmenters.names() for known in segmenters.info(arch).weights}
    assert declared < {weight.name for weight in weights.catalogue()} - set(weights.names())
    encoder, decoder = weights.get("upernet_resnet101.ade20k"), weights.get("upernet_resnet101.ade20k/decoder_epoch_50")
    assert encoder.filename == "ade20k-resnet101-upernet/encoder_epoch_50.pth"
    assert decoder.filename == "ade20k-resnet101-upernet/decoder_epoch_50.pth"
    assert encoder.used_by == decoder.used_by == ("segmenter:upernet_resnet101.ade20k",)


def test_shipped_segmenters_are_found_where_they_are() -> None:
    assert weights.find("drn_d_22_quarter.tinytown") == segmenters.find("drn_d_22_quarter.tinytown")


def test_every_feature_network_has_its_file() -> None:
    served = {use for weight in weights.catalogue() for use in weight.used_by if use.startswith("feature:")}
    assert served == {f"feature:{name}" for name in features.names()}


def test_unknown_name() -> None:
    with pytest.raises(InputError, match=r"closest: 'inception-2015-12-05'. See 'sisbench weights list'"):
        weights.get("inception")


def test_facts_load_no_torch() -> None:
    code = "import sys; from sisbench import weights; weights.get('vgg16-imagenet'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""VGG-19 with average pooling, the network behind the losses of CRN and SIMS.

The published weights are MatConvNet's `imagenet-vgg-verydeep-19.mat`: those of the authors of VGG, for RGB in [0, 255]
less the mean colour. torchvision has trained VGG-19 anew, for inputs divided by their deviation: a network of other
numbers, offered under a name of its own because it is easier to get; its features are multiplied by the mean of those
deviations, so that both networks see the same units. No published number was made with it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._errors import GeneratorError
from generators._weights import read_state

MATCONVNET, TORCHVISION = "vgg19-matconvnet", "vgg19-imagenet"
"""Names of the two files of weights."""

LAYERS_256P = (
    ("conv1_2", 1 / 1.6),
    ("conv2_2", 1 / 2.3),
    ("conv3_2", 1 / 1.8),
    ("conv4_2", 1 / 2.8),
    ("conv5_2", 10 / 0.8),
)
"""Weights of the layers in the official 256p script, beside 1 for the image."""
LAYERS_512P = (
    ("conv1_2", 1 / 2.6),
    ("conv2_2", 1 / 4.8),
    ("conv3_2", 1 / 3.7),
    ("conv4_2", 1 / 5.6),
    ("conv5_2", 10 / 1.5),
)
"""Weights of the layers in the official 512p and 1024p scripts, and in that of SIMS."""

_BLOCKS = (2, 2, 4, 4, 4)
_WIDTHS = (64, 128, 256, 512, 512)
_MEAN = (123.68, 116.779, 103.939)  # of ImageNet's RGB in [0, 255], as VGG's authors subtract it
_TORCHVISION_MEAN, _TORCHVISION_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class VGGFeatures(nn.Module):
    """Features of VGG-19 after the ReLU of named layers, up to conv5_4; average pooling between the blocks.

    Args:
        weights: File of weights: MatConvNet's `.mat`, or torchvision's `.pth`.
        origin: Which of the two, `MATCONVNET` or `TORCHVISION`.

    Raises:
        GeneratorError: The file is missing, damaged, or of another network.
    """

    def __init__(self, weights: Path, origin: str) -> None:
        super().__init__()
        arrays = _matconvnet(weights) if origin == MATCONVNET else _torchvision(weights)
        fin, self.names = 3, []
        for block, (count, width) in enumerate(zip(_BLOCKS, _WIDTHS, strict=True), start=1):
            for i in range(1, count + 1):
                name = f"conv{block}_{i}"
                kernel, bias = arrays.get(name, (torch.empty(0), torch.empty(0)))
                if (tuple(kernel.shape), tuple(bias.shape)) != ((width, fin, 3, 3), (width,)):
                    raise GeneratorError(
                        f"{weights} is no VGG-19: the kernel of {name} has shape {tuple(kernel.shape)}, expected "
                        f"{(width, fin, 3, 3)}. Get the file anew ('sisbench weights list' says where)."
                    )
                self.register_buffer(f"{name}_weight", kernel.float())
                self.register_buffer(f"{name}_bias", bias.float())
                self.names.append(name)
                fin = width
        mean, std = (_MEAN, 1.0) if origin == MATCONVNET else (_TORCHVISION_MEAN, _TORCHVISION_STD)
        self.unit = 1.0 if origin == MATCONVNET else 255 * sum(_TORCHVISION_STD) / 3
        self.scale = 255.0 if origin == MATCONVNET else 1.0
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(-1, 1, 1))

    def forward(self, image: Tensor, names: set[str]) -> dict[str, Tensor]:
        """Return the features of (N, 3, H, W), RGB in [-1, 1] or beyond, after the named layers."""
        x = ((image + 1) / 2 * self.scale - self.get_buffer("mean")) / self.get_buffer("std")
        found: dict[str, Tensor] = {}
        for name in self.names:
            if len(found) == len(names):
                break
            if name.endswith("_1") and name != "conv1_1":
                x = F.avg_pool2d(x, 2)
            x = F.relu(F.conv2d(x, self.get_buffer(f"{name}_weight"), self.get_buffer(f"{name}_bias"), padding=1))
            if name in names:
                found[name] = x * self.unit
        return found


def _torchvision(path: Path) -> dict[str, tuple[Tensor, Tensor]]:
    """Kernel (out, in, 3, 3) and bias of every convolution of torchvision's file, by VGG's names."""
    state, index, found = read_state(path), 0, {}
    for block, count in enumerate(_BLOCKS, start=1):
        for i in range(1, count + 1):
            kernel, bias = (state.get(f"features.{index}.{part}", torch.empty(0)) for part in ("weight", "bias"))
            found[f"conv{block}_{i}"] = (kernel, bias)
            index += 2  # the ReLU behind each
        index += 1  # and the pooling behind each block
    return found


def _matconvnet(path: Path) -> dict[str, tuple[Tensor, Tensor]]:
    """Kernel (out, in, 3, 3) and bias of every convolution of MatConvNet's file, by VGG's names.

    A layer has its arrays in "weights", or, in files of older releases, in "filters" and "biases"; kernels lie as
    (height, width, in, out).
    """
    import scipy.io  # half a second that only this file needs

    try:
        with path.open("rb") as stream:
            layers = scipy.io.loadmat(stream, squeeze_me=True, struct_as_record=False)["layers"]
        found = {}
        for layer in layers:
            if layer.type == "conv":
                arrays = layer.weights if hasattr(layer, "weights") else (layer.filters, layer.biases)
                kernel, bias = (torch.from_numpy(np.asarray(x, dtype=np.float32)) for x in arrays)
                found[str(layer.name)] = (
                    (kernel.permute(3, 2, 0, 1).contiguous(), bias) if kernel.ndim == 4 else (kernel, bias)
                )
        return found
    except FileNotFoundError as error:
        raise GeneratorError(f"the weights file {path} does not exist. Check the path.") from error
    except Exception as error:  # a damaged MATLAB file raises whatever its bytes happen to spell
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise GeneratorError(
            f"{path} cannot be read as a network of MatConvNet ({reason}). It is damaged, or another file; get "
            "imagenet-vgg-verydeep-19.mat anew."
        ) from error

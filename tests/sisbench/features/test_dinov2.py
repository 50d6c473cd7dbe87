from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from generators import ensure_torchvision
from sisbench import features, weights
from sisbench.features import dinov2
from sisbench.features.dinov2 import DINOv2, resize_position_embedding
from tests.golden._key_hash import refill
from tests.sisbench.features._noise import noise, relative_error

State = dict[str, Tensor]
WIDTH, DEPTH, HEADS, TRAINED = 32, 2, 4, 37
SMALL = {"embed_dim": WIDTH, "depth": DEPTH, "num_heads": HEADS}


@pytest.fixture(scope="module")
def state() -> State:
    """Tensors of a small network under the keys of Meta's file, large enough to matter."""
    shapes = {
        "cls_token": (1, 1, WIDTH),
        "pos_embed": (1, 1 + TRAINED**2, WIDTH),
        "mask_token": (1, WIDTH),
        "patch_embed.proj.weight": (WIDTH, 3, 14, 14),
        "patch_embed.proj.bias": (WIDTH,),
        "norm.weight": (WIDTH,),
        "norm.bias": (WIDTH,),
    }
    for block in range(DEPTH):
        layers = {"attn.qkv": (3 * WIDTH, WIDTH), "attn.proj": (WIDTH, WIDTH)}
        layers |= {"mlp.fc1": (4 * WIDTH, WIDTH), "mlp.fc2": (WIDTH, 4 * WIDTH)}
        for layer, shape in layers.items():
            shapes |= {f"blocks.{block}.{layer}.weight": shape, f"blocks.{block}.{layer}.bias": shape[:1]}
        for norm in ("norm1", "norm2"):
            shapes |= {f"blocks.{block}.{norm}.{part}": (WIDTH,) for part in ("weight", "bias")}
        shapes |= {f"blocks.{block}.{scale}.gamma": (WIDTH,) for scale in ("ls1", "ls2")}
    return {key: refill(key, shape, gain=WIDTH if key == "pos_embed" else 1.0) for key, shape in shapes.items()}


def written_out(state: State, image: Tensor) -> Tensor:
    """The class token, from the papers (Dosovitskiy et al. 2021; Touvron et al. 2021 for the layer scales)."""
    ensure_torchvision()
    from torchvision.transforms import v2

    pictures = [Image.fromarray(one.permute(1, 2, 0).numpy()) for one in image]
    resize = v2.Compose(
        [v2.Resize((224, 224), v2.InterpolationMode.BICUBIC), v2.PILToTensor(), v2.ToDtype(torch.float32, scale=True)]
    )
    normalise = v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    x = torch.stack([normalise(resize(picture)) for picture in pictures])

    def linear(x: Tensor, name: str) -> Tensor:
        return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]

    def norm(x: Tensor, name: str) -> Tensor:
        return F.layer_norm(x, (WIDTH,), state[f"{name}.weight"], state[f"{name}.bias"], eps=1e-6)

    patches = x.unfold(2, 14, 14).unfold(3, 14, 14).permute(0, 2, 3, 1, 4, 5).reshape(len(x), 256, -1)
    patches = patches @ state["patch_embed.proj.weight"].flatten(1).T + state["patch_embed.proj.bias"]
    x = torch.cat([state["cls_token"].expand(len(x), -1, -1), patches], 1)
    x = x + resize_position_embedding(state["pos_embed"], 16)
    for block in range(DEPTH):
        name = f"blocks.{block}"
        q, k, v = (
            part.view(len(x), -1, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in linear(norm(x, f"{name}.norm1"), f"{name}.attn.qkv").chunk(3, -1)
        )
        attention = (q @ k.transpose(-1, -2) / (WIDTH // HEADS) ** 0.5).softmax(-1) @ v
        attention = linear(attention.transpose(1, 2).flatten(2), f"{name}.attn.proj")
        x = x + attention * state[f"{name}.ls1.gamma"]
        hidden = F.gelu(linear(norm(x, f"{name}.norm2"), f"{name}.mlp.fc1"))
        x = x + linear(hidden, f"{name}.mlp.fc2") * state[f"{name}.ls2.gamma"]
    return norm(x, "norm")[:, 0]


def test_a_file_of_metas_layout_gives_the_class_token(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dinov2.pth"
    torch.save(state, path)
    monkeypatch.setattr(weights, "find", {"dinov2-vitl14": path}.__getitem__)
    monkeypatch.setattr(dinov2, "DINOv2", partial(DINOv2, **SMALL))
    image = noise(2, 50, 90)
    network = features.create("dinov2")
    found = network(image)
    assert (found.shape, found.dtype, network.dim) == ((2, WIDTH), torch.float64, WIDTH)
    assert relative_error(found, written_out(state, image)) < 1e-5


def test_the_large_network_has_1024_features_and_published_shapes() -> None:
    ensure_torchvision()
    import timm

    with torch.device("meta"):
        network = timm.create_model(dinov2.ARCHITECTURE, pretrained=False, img_size=224, num_classes=0)
    assert network.num_features == 1024
    assert network.patch_embed.patch_size == (14, 14)
    assert sum(parameter.numel() for parameter in network.parameters()) == 303_227_904


def test_a_file_of_another_network_is_refused(state: State) -> None:
    with pytest.raises(RuntimeError, match=r"blocks\.1\.mlp\.fc2\.bias"):
        DINOv2({key: value for key, value in state.items() if key != "blocks.1.mlp.fc2.bias"}, **SMALL)


def cubic_on_a_ramp(place: float) -> float:
    """Keys' cubic convolution (1981) with a = -3/4, which is torch's, of the numbers 0, 1, 2, ...; no antialias."""
    value, a = 0.0, -0.75
    for neighbour in range(math.floor(place) - 1, math.floor(place) + 3):
        t = abs(place - neighbour)
        near = (a + 2) * t**3 - (a + 3) * t**2 + 1
        value += neighbour * (near if t <= 1 else a * (t**3 - 5 * t**2 + 8 * t - 4))
    return value


def test_position_embeddings_move_by_the_remainder() -> None:
    ramp = torch.arange(37.0).repeat(37, 1).view(1, -1, 1)
    embedding = torch.cat([torch.full((1, 1, 1), 7.0), ramp], 1)
    found = resize_position_embedding(embedding, 16)
    assert found.shape == (1, 257, 1)
    assert found[0, 0, 0] == 7
    grid = found[0, 1:, 0].view(16, 16)
    # patch i looks at the place (i + 1/2) * 37 / 16.1 - 1/2, and not at that of 37 / 16
    for i in range(2, 13):
        assert grid[3, i].item() == pytest.approx(cubic_on_a_ramp((i + 0.5) * 37 / 16.1 - 0.5), abs=1e-4)
    assert torch.allclose(grid[0], grid[15], atol=1e-4)


def test_position_embeddings_of_the_trained_size_stay() -> None:
    embedding = torch.randn(1, 1 + 16, 8)
    assert torch.equal(resize_position_embedding(embedding, 4), embedding)

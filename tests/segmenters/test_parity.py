"""Outputs of the official networks, where their fixtures are at hand."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from segmenters.drn import DRN, BasicBlock, Bottleneck
from tests.golden import drn
from tests.golden._fixture import FOLDER, read_metadata


@pytest.mark.golden
@pytest.mark.parametrize("name", ["drn-d-22-seg", "drn-d-105-seg"])
def test_official_outputs(name: str) -> None:
    path = FOLDER / f"{name}.safetensors"
    if not path.exists():
        pytest.skip(f"{path} is not here: outputs of the official network were not compared (set SISBENCH_GOLDEN)")
    assert drn.handles(read_metadata(path))
    rows = drn.replay(path)
    assert {"argmax", "logits_stride8", "logprob", "stats.base.0", "stats.base.8"} <= {tensor for tensor, _, _ in rows}
    assert [row for row in rows if not row[1] <= row[2]] == []


def test_the_weight_recipe() -> None:
    """The self-check that the fixtures come with."""
    assert drn.refill("seg.bias", [19])[:3].tolist() == pytest.approx([-0.120437, -0.084329, -0.128328], abs=1e-6)


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
def test_fixtures_of_other_sizes_replay_and_a_wrong_number_shows(
    tmp_path: Path, block: type[BasicBlock | Bottleneck]
) -> None:
    network = DRN(block, (1, 2, 1, 2), (4, 4, 8, 8, 12, 16, 20, 24, 28), num_classes=7).eval()
    shapes = {key: list(x.shape) for key, x in network.state_dict().items()}
    network.load_state_dict({key: drn.refill(key, shape, seed=5, gain=2.0) for key, shape in shapes.items()})
    x = torch.randn(2, 3, 20, 28, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        coarse = network.seg(network.base(x))
        log_probabilities = network.up(coarse).log_softmax(dim=1)  # 24 x 32, as the official network leaves it
    stored = {
        "input": x,
        "logits_stride8": coarse,
        "logprob": log_probabilities,
        "argmax": log_probabilities.argmax(dim=1).byte(),
    }
    keys = json.dumps([[key, shape, "float32"] for key, shape in shapes.items()])
    metadata = {"arch": "drn_d_9", "seed": "5", "gain": "2.0", "keys": keys}
    path = tmp_path / "fixture.safetensors"
    save_file(stored, path, metadata)
    assert [(tensor, error <= tolerance) for tensor, error, tolerance in drn.replay(path)] == [
        ("argmax", True),
        ("logits_stride8", True),
        ("logprob", True),
    ]
    stored["logprob"] = stored["logprob"] * 1.001
    save_file(stored, path, metadata)
    assert [tensor for tensor, error, tolerance in drn.replay(path) if error > tolerance] == ["logprob"]

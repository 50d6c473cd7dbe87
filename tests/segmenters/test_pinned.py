"""Every architecture still gives what it gave when it reproduced the official outputs; no fixture is needed."""

import json

import pytest
import torch
from torch import nn

import segmenters
from tests.segmenters import pinned

STORED = json.loads(pinned.FILE.read_text(encoding="utf-8"))
RELATIVE = 1e-4
PIXELS = 0.005
"""Share of pixels that may have another class: two on a boundary, where another processor adds up in another order."""


def test_every_architecture_is_pinned() -> None:
    variants = {"drn_d_22_quarter"}  # the same network at other widths
    assert set(STORED) | variants == {name for name in segmenters.names() if segmenters.origin(name) is None}
    assert all(tuple(stored["outputs"]) == segmenters.info(arch).readings for arch, stored in STORED.items())


@pytest.mark.parametrize("arch", STORED)
def test_layout(arch: str) -> None:
    assert pinned.layout(arch) == STORED[arch]["layout"]


@pytest.mark.parametrize("arch", STORED)
def test_outputs(arch: str) -> None:
    found = pinned.outputs(arch)
    for key, want in STORED[arch]["outputs"].items():
        got = found[key]
        limit = RELATIVE * max(abs(want["min"]), abs(want["max"]))
        for what in ("mean", "std", "min", "max"):
            assert got[what] == pytest.approx(want[what], abs=limit, rel=0), (key, what)
        pairs = list(zip("".join(got["labels"]), "".join(want["labels"]), strict=True))
        assert sum(a != b for a, b in pairs) <= PIXELS * len(pairs), key


@pytest.mark.parametrize("arch", ["drn_d_22", "upernet_resnet18", "deeplabv2_resnet101"])
def test_label_maps_of_several_sizes_come_from_one_run(arch: str) -> None:
    network, runs = pinned.narrow(arch), 0

    def count(*_: object) -> None:
        nonlocal runs
        runs += 1

    next(module for module in network.modules() if isinstance(module, nn.Conv2d)).register_forward_hook(count)
    sizes = (None, (20, 33), (48, 80), (96, 100))
    for reading in network.readings:
        network.reading = reading
        network.input_scale = 0.2 if arch.startswith("upernet") and reading == "multi-scale" else 1.0
        alone = [network(pinned.image(), size) for size in sizes]
        expected, runs = runs // len(sizes), 0
        together = network.label_maps(pinned.image(), sizes)
        assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))
        assert runs == expected
        runs = 0


@torch.no_grad()
def test_what_a_wrong_layer_changes_is_beyond_the_tolerance() -> None:
    network = pinned.narrow("upernet_resnet18dilated")
    before = network.evidence(pinned.image())
    network.encoder.layer4[0].conv1.dilation = network.encoder.layer4[0].conv1.padding = (4, 4)
    after = network.evidence(pinned.image())
    assert (before.mean(dim=(0, 2, 3)) - after.mean(dim=(0, 2, 3))).abs().max() > 5 * RELATIVE * before.max()


def test_the_layout_sees_what_shapes_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pinned.layout("upernet_resnet18") != pinned.layout("upernet_resnet18dilated")
    before = pinned.layout("drn_d_22")
    monkeypatch.setattr(pinned, "CLASSES", 8)
    assert pinned.layout("drn_d_22") != before

"""What is built of a training set: whole or not at all, going on where it stopped, the same whoever builds it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

from generators import GeneratorError, _prepared

WHAT = {"method": "probe", "version": 1}


class Numbers:
    """Sample i is a condition and a photo of the value i."""

    def __init__(self, n: int, name: str = "numbers") -> None:
        self.n, self.name = n, name
        self.read: list[int] = []

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        self.read.append(index)
        return torch.full((2, 4, 4), float(index)), torch.full((3, 4, 4), index, dtype=torch.uint8)

    def digest(self) -> str:
        return f"{self.name} {self.n}"


def make(conds: Tensor, photos: Tensor) -> dict[str, Tensor]:
    return {"sums": conds.sum((1, 2, 3)), "first": photos[:, 0, 0, 0]}


def build(folder: Path, samples: Numbers) -> list[tuple[int, int]]:
    told: list[tuple[int, int]] = []
    _prepared.build(folder, samples, make, WHAT, lambda done, total: told.append((done, total)))
    return told


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_shards_hold_all_samples_in_order(tmp_path: Path) -> None:
    assert build(tmp_path / "p", Numbers(35)) == [(16, 35), (32, 35), (35, 35)]
    prepared = _prepared.load(tmp_path / "p", WHAT)
    first, sums = prepared.joined("first", "sums")
    assert first.tolist() == list(range(35))
    assert sums.tolist() == [32.0 * i for i in range(35)]
    assert prepared.samples == 35
    assert prepared.n_bytes == sum(path.stat().st_size for path in (tmp_path / "p").glob("*.safetensors"))
    assert len(prepared.facts()["sha256"]) == 64


def test_a_finished_build_is_left_alone(tmp_path: Path) -> None:
    build(tmp_path / "p", Numbers(20))
    before, again = contents(tmp_path / "p"), Numbers(20)
    assert build(tmp_path / "p", again) == []
    assert again.read == []
    assert contents(tmp_path / "p") == before


def test_an_interrupted_build_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    failing = Numbers(50)
    original = Numbers.__getitem__

    def cut(self: Numbers, index: int) -> tuple[Tensor, Tensor]:
        if self is failing and index >= 32:
            raise KeyboardInterrupt
        return original(self, index)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Numbers, "__getitem__", cut)
        with pytest.raises(KeyboardInterrupt):
            build(tmp_path / "cut", failing)
    with pytest.raises(GeneratorError, match="goes on where it stopped"):
        _prepared.load(tmp_path / "cut", WHAT)
    (tmp_path / "cut" / ".00002.safetensors.part").write_bytes(b"half")  # what a kill leaves of a shard
    rest = Numbers(50)
    build(tmp_path / "cut", rest)
    assert rest.read == list(range(32, 50))
    build(tmp_path / "whole", Numbers(50))
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def test_what_was_begun_from_other_data_is_not_gone_on_with(tmp_path: Path) -> None:
    build(tmp_path / "p", Numbers(20))
    (tmp_path / "p" / "prepared.json").rename(tmp_path / "p" / "building.json")  # unfinished, and of something else
    other = Numbers(20, "others")
    build(tmp_path / "p", other)
    assert other.read == list(range(20))


@pytest.mark.parametrize("harm", ["cut short", "changed", "gone"])
def test_a_damaged_shard_is_refused_by_name(tmp_path: Path, harm: str) -> None:
    build(tmp_path / "p", Numbers(20))
    path = tmp_path / "p" / "00001.safetensors"
    content = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:-4] if harm == "cut short" else content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(GeneratorError, match=r"00001\.safetensors is not what was built.*Remove the folder"):
        _prepared.load(tmp_path / "p", WHAT)


def test_another_method_or_option_is_refused(tmp_path: Path) -> None:
    build(tmp_path / "p", Numbers(20))
    with pytest.raises(GeneratorError, match="its version is 1, expected 2"):
        _prepared.load(tmp_path / "p", {**WHAT, "version": 2})


def test_a_damaged_manifest_is_refused(tmp_path: Path) -> None:
    build(tmp_path / "p", Numbers(20))
    (tmp_path / "p" / "prepared.json").write_text(json.dumps({"shards": {}}))
    with pytest.raises(GeneratorError, match=r"prepared\.json is damaged"):
        _prepared.load(tmp_path / "p", WHAT)


def test_nothing_is_prepared_from_nothing(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match="the training set is empty"):
        build(tmp_path / "p", Numbers(0))

"""Releases in several files: encoder and decoder of CSAIL's UPerNet."""

import hashlib
import re
from pathlib import Path

import pytest
import torch
from torch import Tensor

import segmenters
from segmenters import SegmenterError, WeightsMissing
from segmenters._registry import info
from segmenters._weights import load
from segmenters.upernet import BasicBlock, Decoder, Encoder, UPerNet
from tests.golden._key_hash import refill_all

State = dict[str, Tensor]
NAME = "upernet_resnet101.ade20k"


def network(num_classes: int = 5) -> UPerNet:
    """A UPerNet so narrow that its files are small."""
    planes = (4, 6, 8, 10)
    encoder = Encoder(BasicBlock, (1, 1, 1, 1), dilated=False, planes=planes, stem=(4, 4, 6))
    return UPerNet(encoder, Decoder(num_classes, planes, width=7, ppm_width=5), num_classes)


@pytest.fixture(scope="module")
def filled() -> UPerNet:
    found = network()
    refill_all(found)
    return found.eval()


def save(filled: UPerNet, folder: Path, suffix: str = "_epoch_50.pth") -> tuple[Path, Path]:
    """Write the two files as they are released: each part's own keys, old batch normalisation with its buffers."""
    paths = folder / f"encoder{suffix}", folder / f"decoder{suffix}"
    folder.mkdir(exist_ok=True)
    for path, part in zip(paths, (filled.encoder, filled.decoder), strict=True):
        state = {key: x for key, x in part.state_dict().items() if not key.endswith("num_batches_tracked")}
        extra = {
            key.replace("running_mean", new): torch.full((1,), torch.nan)
            for key in state
            if key.endswith("running_mean")
            for new in ("_tmp_running_mean", "_tmp_running_var", "_running_iter")
        }
        torch.save({**state, **extra}, path)
    return paths


def assert_same(segmenter: UPerNet, filled: UPerNet) -> None:
    own = filled.state_dict()
    state = segmenter.state_dict()
    assert state.keys() == own.keys()
    assert all(torch.equal(state[key], value) for key, value in own.items())


@pytest.mark.parametrize("form", ["folder", "encoder", "decoder", "both", "swapped", "joined", "joined checkpoint"])
def test_every_way_to_name_the_files(filled: UPerNet, tmp_path: Path, form: str) -> None:
    encoder, decoder = save(filled, tmp_path / "release")
    joined = tmp_path / "joined.pth"
    state = {f"module.{key}": x for key, x in filled.state_dict().items()}
    torch.save({"state_dict": state, "epoch": 3} if form == "joined checkpoint" else state, joined)
    weights = {
        "folder": encoder.parent,
        "encoder": encoder,
        "decoder": decoder,
        "both": [encoder, decoder],
        "swapped": [decoder, encoder],
    }.get(form, joined)
    segmenter = network()
    load(segmenter, weights, "upernet")
    assert_same(segmenter, filled)
    assert segmenter.loaded is not None
    if form.startswith("joined"):
        assert segmenter.loaded.sha256 == hashlib.sha256(joined.read_bytes()).hexdigest()
    else:
        digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (encoder, decoder)]
        assert segmenter.loaded.path == encoder
        assert segmenter.loaded.sha256 == hashlib.sha256("".join(digests).encode()).hexdigest()


def test_files_with_other_names_are_told_apart_by_what_they_hold(filled: UPerNet, tmp_path: Path) -> None:
    encoder, decoder = save(filled, tmp_path)
    first, second = encoder.rename(tmp_path / "a.pth"), decoder.rename(tmp_path / "b.pth")
    segmenter = network()
    load(segmenter, [second, first], "upernet")
    assert_same(segmenter, filled)


@pytest.mark.parametrize("lost", ["encoder", "decoder"])
def test_a_lost_part_is_named(filled: UPerNet, tmp_path: Path, lost: str) -> None:
    paths = save(filled, tmp_path)
    kept = next(path for path in paths if lost not in path.name)
    next(path for path in paths if lost in path.name).unlink()
    segmenter = network()
    before = {key: value.clone() for key, value in segmenter.state_dict().items()}
    with pytest.raises(
        SegmenterError, match=rf"{kept.name} does not fit this segmenter: it holds no {lost}\. Name the"
    ):
        load(segmenter, kept, "upernet")
    with pytest.raises(SegmenterError, match=rf"expected one file {lost}\*\.pth, found none"):
        load(segmenter, tmp_path, "upernet")
    assert all(torch.equal(value, before[key]) for key, value in segmenter.state_dict().items())


def test_a_folder_of_several_epochs_is_not_guessed_from(filled: UPerNet, tmp_path: Path) -> None:
    save(filled, tmp_path, "_epoch_40.pth")
    encoder, _ = save(filled, tmp_path, "_epoch_50.pth")
    with pytest.raises(SegmenterError, match=r"found encoder_epoch_40\.pth, encoder_epoch_50\.pth\. Name the files"):
        load(network(), tmp_path, "upernet")
    load(network(), encoder, "upernet")


def test_another_number_of_classes_is_named(filled: UPerNet, tmp_path: Path) -> None:
    encoder, decoder = save(filled, tmp_path)
    message = rf"{re.escape(str(encoder))} and {re.escape(str(decoder))} do not fit .* for 5 classes, expected 7\."
    with pytest.raises(SegmenterError, match=message):
        load(network(7), tmp_path, "upernet")


def test_a_folder_is_no_file_of_a_network_without_parts(tmp_path: Path) -> None:
    with pytest.raises(SegmenterError, match="which is not a file"):
        segmenters.create("drn_d_22_quarter", weights=tmp_path)


@pytest.mark.parametrize("weights", [[], ["nothing.pth"]])
def test_no_file_at_all(weights: list[str], tmp_path: Path) -> None:
    with pytest.raises(SegmenterError, match=r"empty list of files|nothing\.pth, which is not a file"):
        load(network(), [tmp_path / name for name in weights], "upernet")


def test_the_published_files_are_looked_for_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SISBENCH_WEIGHTS", str(tmp_path / "given"))
    (known,) = info(NAME).weights
    first, second = (tmp_path / "given" / file for file in (known.file, *known.companions))
    first.parent.mkdir(parents=True)
    first.write_bytes(b"")
    with pytest.raises(
        WeightsMissing, match=r"encoder_epoch_50\.pth and .*decoder_epoch_50\.pth are neither in"
    ) as caught:
        segmenters.find(NAME)
    assert "pass their folder" in caught.value.reason
    second.write_bytes(b"")
    assert segmenters.find(NAME) == first

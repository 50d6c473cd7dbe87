"""ADE20K-outdoors: samples by a list or by the rule, with their number and digest, recorded and in messages."""

import hashlib
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from sisbench import datasets, layout_files
from sisbench.data import Samples
from sisbench.data_check import check
from sisbench.datasets.ade20k_outdoors import digest
from sisbench.errors import InputError, Problems
from sisbench.files import Tree
from sisbench.scoring import evaluate
from tests.sisbench.datasets.on_disk import broken_contracts
from tests.trees import ade20k_tree, drawn_ids, packed

DATASET = datasets.get("ade20k_outdoors")
BY_RULE = ["ADE_val_00000001", "ADE_val_00000003"]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SISBENCH_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def root(tmp_path):
    return ade20k_tree(tmp_path / "ade20k")


def keys(root, split="val"):
    return [item.key for item in DATASET.index(Tree(root), split)]


def problems(root):
    with pytest.raises(Problems) as caught:
        DATASET.index(Tree(root), "val")
    return list(caught.value.problems)


def test_the_card_is_ade20k_s_but_for_the_counts():
    card, whole = DATASET.card, datasets.get("ade20k").card
    assert (card.labels, card.size, card.unlabeled_id) == (whole.labels, whole.size, 0)
    assert dict(card.counts) == {"train": None, "val": None}


def test_every_contract_is_kept_where_ade20k_lies(root):
    assert broken_contracts(DATASET, root.parent) == []


@pytest.mark.parametrize(
    ("labels", "outdoors"),
    [
        ((0, 3), True),  # sky
        ((0, 17), True),  # mountain
        ((0, 14), True),  # earth
        ((2, 5, 7), False),  # building, tree, road
        ((3, 6), False),  # sky, ceiling
        ((14, 8), False),  # earth, bed
        ((17, 48), False),  # mountain, sink
    ],
)
def test_the_rule(root, labels, outdoors):
    drawn_ids(0, labels).save(root / "annotations/validation/ADE_val_00000001.png")
    assert ("ADE_val_00000001" in keys(root)) == outdoors


def test_one_pixel_decides(root):
    path = root / "annotations/validation/ADE_val_00000002.png"
    ids = np.full((64, 48), 2, dtype=np.uint8)
    ids[5, 7] = 3
    Image.fromarray(ids).save(path)
    assert keys(root) == ["ADE_val_00000001", "ADE_val_00000002", "ADE_val_00000003"]
    ids[63, 47] = 48
    Image.fromarray(ids).save(path)
    assert keys(root) == BY_RULE


def test_the_rule_names_count_and_digest(root):
    expected = hashlib.sha256(b"ADE_val_00000001\nADE_val_00000003\n").hexdigest()
    assert digest(reversed(BY_RULE)) == expected
    listing = DATASET.listing(Tree(root), "val")
    assert listing.selection == f"rule of sisbench: 2 of 3 samples, SHA-256 {expected}"
    assert f"val: {listing.selection}" in check(DATASET, Tree(root)).notes
    assert keys(root, "train") == ["ADE_train_00000001", "ADE_train_00000003"]


def test_label_maps_are_looked_at_once(root, monkeypatch):
    seen = []
    decode = layout_files.decode
    monkeypatch.setattr(layout_files, "decode", lambda *args: seen.append(args) or decode(*args))
    assert [keys(root), keys(root)] == [BY_RULE, BY_RULE]
    assert len(seen) == 3
    drawn_ids(1, (3, 17)).save(root / "annotations/validation/ADE_val_00000002.png")
    assert len(keys(root)) == 3
    assert len(seen) == 6


def test_a_list_is_taken_in_place_of_the_rule(root):
    lines = ["\ufeff# ours", "", "ADE_val_00000002", "images/validation/ADE_val_00000003.jpg", "ADE_train_00000004"]
    (root / "outdoors.txt").write_text("\n".join(lines), encoding="utf-8")
    chosen = ["ADE_val_00000002", "ADE_val_00000003"]
    for place in (root, root.parent):
        assert keys(place) == chosen
        assert keys(place, "train") == ["ADE_train_00000004"]
    selection = f"list outdoors.txt: 2 of 3 samples, SHA-256 {digest(chosen)}"
    assert DATASET.listing(Tree(root), "val").selection == selection


def test_the_list_may_lie_beside_the_archive(root, tmp_path):
    (root / "outdoors.txt").write_text("ADE_val_00000002\n")
    packed(root, {"images": "ADEChallengeData2016.zip", "annotations": "ADEChallengeData2016.zip"})
    items = DATASET.index(datasets.locate(DATASET, root), "val")
    assert [item.key for item in items] == ["ADE_val_00000002"]


def test_lists_that_do_not_fit(root):
    file = root / "outdoors.txt"
    file.write_text("ADE_val_00000001\nADE_val_00009999\n")
    assert problems(root) == [f"{file}: 1 sample not in {root}, such as ADE_val_00009999"]
    file.write_text("ADE_train_00000001\n")
    assert problems(root) == [f"{file}: no sample of 'val' is outdoors"]
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"cannot read .*outdoors\.txt as a list of samples"):
        keys(root)


def test_without_outdoor_scenes(root):
    shutil.rmtree(root / "annotations/validation")
    shutil.rmtree(root / "images/validation")
    for number in range(2):
        stem = f"ADE_val_{number:08d}"
        for folder, suffix in (("images", "jpg"), ("annotations", "png")):
            (root / folder / "validation").mkdir(exist_ok=True)
            drawn_ids(number, (6, 8)).save(root / f"{folder}/validation/{stem}.{suffix}")
    assert problems(root) == [f"{root}: no sample of 'val' is outdoors"]


def test_a_damaged_map_is_named(root):
    path = root / "annotations/validation/ADE_val_00000002.png"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InputError, match=r"ADE_val_00000002\.png: is no readable image"):
        keys(root)


def test_a_record_says_which_list_it_is_of(root):
    samples = Samples(DATASET, Tree(root), "val")
    assert samples.selection.startswith("rule of sisbench: 2 of 3 samples")
    assert samples.complete
    assert not Samples(DATASET, Tree(root), "val", limit=1).complete
    fakes = {key: torch.zeros(3, 256, 256, dtype=torch.uint8) for key in samples.keys}
    found = evaluate(fakes, samples, "spade-2019", metrics=["psnr"])
    assert found.provenance["selection"] == samples.selection
    whole = Samples(datasets.get("ade20k"), Tree(root), "val")
    fakes = {key: torch.zeros(3, 256, 256, dtype=torch.uint8) for key in whole.keys}
    assert "selection" not in evaluate(fakes, whole, "spade-2019", metrics=["psnr"]).provenance


def test_it_lies_where_ade20k_lies(root, monkeypatch):
    monkeypatch.setenv("SISBENCH_DATA", str(root.parent))
    assert datasets.locate(DATASET).root == root
    (root.parent / "ade20k_outdoors").mkdir()
    assert datasets.locate(DATASET).root == root.parent / "ade20k_outdoors"

"""Every contract of data sets and protocols is broken by one that has one thing wrong."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sisbench import datasets, protocols
from sisbench.card import ANY, Card, Label, Protocol, Scoring, Segmentation
from sisbench.contracts import datasets as dataset_contracts
from sisbench.contracts import protocols as protocol_contracts
from sisbench.datasets import Dataset, Item, Listing, Views
from sisbench.errors import InputError
from sisbench.files import Tree
from tests.sisbench.contracts.breaking import assert_all_seen, assert_broken, assert_kept

NAME = "probe"
LABELS = (Label(0, "sky", (0, 0, 255), 0), Label(1, "ground", (0, 99, 0), 1), Label(2, "border", (0, 0, 0)))
CARD = Card(
    name=NAME,
    title="Probe",
    source="a test",
    licence="CC0-1.0",
    obtain="It is drawn by a test.",
    labels=LABELS,
    num_labels=3,
    unknown_label=False,
    instances=False,
    size=(8, 12),
    native_size=(8, 12),
    counts={"train": 3, "val": 2},
    eval_split="val",
    default_protocol="folders-v1",
)
PROTOCOL = Protocol(
    name=NAME,
    source="a test",
    metrics=("miou", "psnr"),
    scorings=(Scoring("tinytown", (128, 256), Segmentation("drn_d_22_quarter.tinytown")),),
)


def scan(tree: Tree, split: str) -> Listing:
    """List the photos of a split, and the label map beside each."""
    photos = tree.names(f"{split}/", (".photo.png",))
    items = [Item(n[:-10], tree.file(n), tree.file(n.replace("photo", "ids"))) for n in photos]
    return Listing(tuple(items), ())


def changed(change: Any) -> dict[str, Any]:
    """A data set whose listing is changed."""

    def wrong(tree: Tree, split: str) -> Listing:
        return Listing(tuple(change(list(scan(tree, split).items), tree)), ())

    return {"scan": wrong}


class Moody:
    """Lists another order every time."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, items: list[Item], tree: Tree) -> list[Item]:
        self.calls += 1
        return items[: -1 if self.calls % 2 else None]


class Lenient(Dataset):
    """Lists any split."""

    def require_split(self, split: str) -> None:
        pass


def labels(*changes: Any) -> dict[str, Any]:
    return {"card": {"labels": changes}}


DATASETS: list[tuple[str, dict[str, Any], str]] = [
    ("card_is_consistent", labels(LABELS[1], LABELS[0]), "label ids are doubled or not sorted"),
    ("card_is_consistent", labels(LABELS[0], Label(7, "x", (0, 0, 0))), "label ids [7] are not below num_labels"),
    ("card_is_consistent", labels(LABELS[0], Label(1, "sky", (0, 0, 0))), "two labels share a name"),
    ("card_is_consistent", labels(Label(0, "sky", (0, 0, 256))), "a colour is outside 0..255"),
    ("card_is_consistent", labels(LABELS[1]), "train ids are [1]"),
    ("card_is_consistent", {"card": {"eval_split": "test"}}, "'test' is none of its splits train, val"),
    ("card_is_consistent", {"card": {"counts": {"train": 3, "val": 0}}}, "a split has no samples"),
    ("card_is_consistent", {"card": {"unlabeled": 3}}, "the label 3 of unlabelled pixels is none"),
    ("card_is_consistent", {"card": {"unlabeled": 0, "unknown_label": True}}, "it names unlabelled pixels twice"),
    ("card_is_consistent", {"card": {"absent": (2, 3)}}, "labels that are said to be absent are none"),
    ("card_is_consistent", {"card": {"categories": ("a", "a")}}, "a category stands twice"),
    ("card_is_consistent", {"card": {"licence": ""}}, "its card has no licence"),
    ("card_is_consistent", {"card": {"obtain": "somewhere"}}, "obtain is no sentence"),
    ("default_protocol_covers_it", {"card": {"default_protocol": "tinytown-v1"}}, "does not cover data set 'probe'"),
    ("default_protocol_covers_it", {"card": {"default_protocol": "nothing"}}, "'nothing' is not a protocol"),
    ("listing_is_stable", changed(lambda items, tree: items[::-1]), "keys of 'train' are doubled or not sorted"),
    ("listing_is_stable", changed(Moody()), "'train' is listed in two ways"),
    (
        "listing_is_stable",
        changed(lambda items, tree: [dataclasses.replace(i, key=f"../{i.key}") for i in items]),
        "keys are no names of files: '../train/0'",
    ),
    ("splits_share_no_sample", changed(lambda items, tree: scan(tree, "val").items), "stands in 'train' and in 'val'"),
    ("files_fit_the_card", changed(lambda items, tree: items[:1]), "has 1 complete samples; the card counts 3"),
    ("files_fit_the_card", {"card": {"native_size": (9, 12)}}, "is 12x8; the card says 12x9"),
    ("files_fit_the_card", labels(LABELS[0]), "label ids 1 (32 pixels), 2 (32 pixels) are not on the card"),
    ("files_fit_the_card", {"card": {"absent": (2,)}}, "label ids 2 (32 pixels) are never in the label maps"),
    ("samples_are_read", {"card": {"instances": True}}, "instance maps and the card disagree"),
    ("samples_are_read", {"card": {"categories": ("town",)}}, "category None"),
    ("samples_are_read", {"card": {"num_labels": 2}}, "outside the label space"),
    ("directions_are_read", {"views": Views((8, 12), "nothing")}, "'nothing' is not a protocol"),
    ("directions_are_read", {"views": Views((8, 12), "folders-v1")}, "has no aerial view"),
    ("unknown_splits_are_refused", {"type": Lenient}, "the split 'no-such-split' is listed"),
]

PROTOCOLS: list[tuple[str, dict[str, Any], str]] = [
    ("is_a_frozen_literal", {"source": ""}, "it has no source"),
    ("is_a_frozen_literal", {"metrics": ["psnr"]}, "a part of it can be changed"),
    ("is_a_frozen_literal", {"metrics": ("psnr", "psnr")}, "its metrics are none or stand twice"),
    ("is_a_frozen_literal", {"scorings": ()}, "it covers nothing"),
    ("is_a_frozen_literal", {"scorings": PROTOCOL.scorings * 2}, "it covers a data set twice"),
    ("metrics_resolve", {"metrics": ("psnrr",)}, "'psnrr' is not a metric; closest: 'psnr'"),
    ("metrics_resolve", {"metrics": ("ms_ssim",)}, "a metric compares several images of each layout"),
    ("metrics_resolve", {"images_per_layout": 2}, "a metric takes one image of each layout"),
    ("datasets_resolve", {"scorings": (Scoring("tintown", (8, 8), None),)}, "closest: 'tinytown'"),
    ("datasets_resolve", {"real_split": "test"}, "tinytown has no split 'test'"),
    ("datasets_resolve", {"scorings": (Scoring("tinytown", None, None),)}, "tinytown is scored at no size"),
    ("datasets_resolve", {"scorings": (Scoring(ANY, (8, 8), None),)}, "images of any origin have no common size"),
    ("networks_resolve", {"scorings": (Scoring("tinytown", (8, 8), None),)}, "miou needs a segmenter"),
    (
        "networks_resolve",
        {"scorings": (Scoring("tinytown", (8, 8), None, "alexnt/places365"),), "metrics": ("psnr",)},
        "'alexnt' is no feature network",
    ),
    (
        "networks_resolve",
        {"scorings": (Scoring("tinytown", (8, 8), Segmentation("drn_d_105")),)},
        "'drn_d_105' alone does not fix the weights",
    ),
    (
        "networks_resolve",
        {"scorings": (Scoring("tinytown", (8, 8), Segmentation("drn_d_105.tintown")),)},
        "'drn_d_105.tintown' is not a segmenter",
    ),
    (
        "networks_resolve",
        {"scorings": (Scoring("tinytown", (8, 8), Segmentation("drn_d_105.cityscapes", input_scale=0)),)},
        "input_scale is 0",
    ),
    (
        "networks_resolve",
        {"scorings": (Scoring("tinytown", (8, 8), Segmentation("drn_d_22_quarter.tinytown", reading="double")),)},
        "drn_d_22_quarter has no reading 'double', only single, multi-scale",
    ),
    (
        "datasets_resolve",
        {"scorings": (Scoring("tinytown", None, Segmentation("drn_d_22_quarter.tinytown", input_size=(8, 8))),)},
        "tinytown is scored at no size",
    ),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos and label maps of three training samples and two others."""
    root = tmp_path_factory.mktemp("probe")
    rng = np.random.default_rng(0)
    for split, count in CARD.counts.items():
        (root / split).mkdir()
        for i in range(count):
            for name, pixels in (
                ("photo", rng.integers(0, 256, (8, 12, 3), dtype=np.uint8)),
                ("ids", np.arange(96, dtype=np.uint8).reshape(8, 12) % 3),
            ):
                stream = io.BytesIO()
                Image.fromarray(pixels).save(stream, "PNG")
                (root / split / f"{i}.{name}.png").write_bytes(stream.getvalue())
    return root


@pytest.fixture
def registered(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Register a data set or a protocol for one test."""
    monkeypatch.delenv("SISBENCH_DATA", raising=False)

    def register_dataset(type: Any = Dataset, **wrong: Any) -> None:
        card = dataclasses.replace(CARD, **wrong.pop("card", {}))
        datasets.register(type(**{"card": card, "scan": scan, "root": lambda: place, **wrong}))

    def register_protocol(**wrong: Any) -> None:
        protocols.register(dataclasses.replace(PROTOCOL, **wrong))

    yield {"datasets": register_dataset, "protocols": register_protocol}
    for entries in (datasets._REGISTRY._entries, protocols._REGISTRY._entries):
        entries._entries.pop(NAME, None)
        entries._modules.pop(NAME, None)


def test_right_entries_keep_every_contract(registered: Any) -> None:
    registered["datasets"]()
    registered["protocols"]()
    assert_kept(dataset_contracts.SUITE, NAME)
    assert_kept(protocol_contracts.SUITE, NAME)


def test_every_contract_is_seen_to_fail() -> None:
    assert_all_seen(dataset_contracts.SUITE, DATASETS)
    assert_all_seen(protocol_contracts.SUITE, PROTOCOLS)


@pytest.mark.parametrize(("contract", "wrong", "reason"), DATASETS, ids=[f"{c}-{r}" for c, _, r in DATASETS])
def test_a_broken_dataset_is_found(registered: Any, contract: str, wrong: dict[str, Any], reason: str) -> None:
    registered["datasets"](**wrong)
    assert_broken(dataset_contracts.SUITE, contract, NAME, reason)


@pytest.mark.parametrize(("contract", "wrong", "reason"), PROTOCOLS, ids=[f"{c}-{r}" for c, _, r in PROTOCOLS])
def test_a_broken_protocol_is_found(registered: Any, contract: str, wrong: dict[str, Any], reason: str) -> None:
    registered["protocols"](**wrong)
    assert_broken(protocol_contracts.SUITE, contract, NAME, reason)


def test_without_its_files_a_dataset_is_looked_at_by_its_card(registered: Any) -> None:
    registered["datasets"](root=None)
    outcomes = list(dataset_contracts.SUITE.run(NAME))
    assert [found.status for found in outcomes] == ["ok", "ok", *["n/a"] * 6]
    assert "its files are not on this machine: Probe was not found" in outcomes[-1].reason


def test_what_is_neither_cannot_be_registered() -> None:
    with pytest.raises(TypeError, match="cannot be registered as a protocol"):
        protocols.register(CARD)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="cannot be registered as a data set"):
        datasets.register(Dataset(card=PROTOCOL, scan=scan))  # type: ignore[arg-type]
    with pytest.raises(InputError):
        protocols.get(NAME)

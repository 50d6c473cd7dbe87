"""tinytown: the archive in the package is whole, balanced and what its card says."""

import hashlib
import json
import zipfile
from collections import Counter

import pytest

from sisbench import datasets
from sisbench.encode import ids_present
from sisbench.images import decode_ids

DATASET = datasets.get("tinytown")


@pytest.fixture(scope="module")
def archive():
    with zipfile.ZipFile(DATASET.root()) as opened:
        yield opened


def test_the_archive_is_small_and_reproducible(archive):
    assert DATASET.root().stat().st_size < 4_000_000
    entries = archive.infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert {entry.filename.partition("/")[0] for entry in entries} == {"tinytown"}


def test_every_file_has_its_checksum(archive):
    lines = archive.read("tinytown/SHA256SUMS").decode().splitlines()
    listed = {name: digest for digest, name in (line.split("  ./") for line in lines)}
    present = {name.removeprefix("tinytown/") for name in archive.namelist()} - {"SHA256SUMS"}
    assert set(listed) == present
    for name, digest in listed.items():
        assert hashlib.sha256(archive.read(f"tinytown/{name}")).hexdigest() == digest, name


def test_worlds_describe_the_samples(archive):
    worlds = [json.loads(line) for line in archive.read("tinytown/worlds.jsonl").decode().splitlines()]
    described = {(w["split"], f"{w['category']}_{w['world']:06d}_000000") for w in worlds}
    tree = datasets.locate(DATASET, DATASET.root())
    found = {(split, item.key) for split in DATASET.card.counts for item in DATASET.index(tree, split)}
    assert described == found
    assert len(worlds) == 144
    assert {w["seed"] for w in worlds if w["split"] == "train"}.isdisjoint(
        w["seed"] for w in worlds if w["split"] == "val"
    )


@pytest.mark.parametrize(("split", "each"), [("train", 8), ("val", 4)])
def test_categories_are_balanced(split, each):
    items = DATASET.index(datasets.locate(DATASET, DATASET.root()), split)
    assert Counter(item.category for item in items) == dict.fromkeys(DATASET.card.categories, each)
    assert len(items) == DATASET.card.counts[split]


@pytest.mark.parametrize("split", ["train", "val"])
def test_every_scored_class_occurs_in_every_split(split):
    table = DATASET.card.train_id_table()
    seen = set()
    for item in DATASET.index(datasets.locate(DATASET, DATASET.root()), split):
        seen |= {table[label] for label in ids_present(decode_ids(item.layout))}
    assert set(range(19)) <= seen

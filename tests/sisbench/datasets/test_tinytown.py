"""tinytown: the archive in the package is frozen, whole, balanced, what its card says, and what its generator makes."""

import hashlib
import io
import json
import zipfile
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from sisbench import datasets
from sisbench.encode import ids_present
from sisbench.images import decode_ids

DATASET = datasets.get("tinytown")
FROZEN = "9ada40d812cd0ce857f350ab71eb919aa0f26aa55163ac74041ef8c701b3a8dc"
"""SHA-256 of edition v1. It never changes: another edition has another name."""


@pytest.fixture(scope="module")
def archive():
    with zipfile.ZipFile(DATASET.root()) as opened:
        yield opened


def test_the_edition_is_frozen():
    assert hashlib.sha256(DATASET.root().read_bytes()).hexdigest() == FROZEN


def test_the_archive_is_small_and_reproducible(archive):
    assert DATASET.root().stat().st_size < 15_000_000
    entries = archive.infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.filename.partition("/")[0] for entry in entries} == {"tinytown"}
    assert archive.read("tinytown/LICENSE").decode().startswith("CC0")


def test_every_file_has_its_checksum(archive):
    lines = archive.read("tinytown/SHA256SUMS").decode().splitlines()
    listed = {name.removeprefix("./"): digest for digest, name in (line.split("  ") for line in lines)}
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
    assert [w["world"] for w in worlds] == list(range(480))
    assert {w["edition"] for w in worlds} == {"tinytown-v1"}


@pytest.mark.parametrize(("split", "each"), [("train", 30), ("val", 10)])
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


def test_rare_classes_have_their_share_of_the_train_split():
    counts = np.zeros(256, np.int64)
    for item in DATASET.index(datasets.locate(DATASET, DATASET.root()), "train"):
        counts += np.bincount(decode_ids(item.layout).numpy().ravel(), minlength=256)
    ids = {label.name: label.id for label in DATASET.card.labels}
    for name in ("rider", "bicycle", "motorcycle", "train"):
        assert counts[ids[name]] >= 0.002 * counts.sum(), name


@pytest.mark.parametrize("number", [3, 40])
def test_the_generator_still_makes_the_edition(archive, number):
    pytest.importorskip("embreex", reason="the ray tracer (extra 'render') is not installed")
    from sisbench.tinytown.rendering import rendering
    from sisbench.tinytown.worlds import world
    from sisbench.tinytown.writer import contents

    made = dict(contents(world(number), rendering("128x256", ("ground", "aerial"), "cityscapes")))
    assert len(made) == 6
    for name, written in made.items():
        kept = archive.read(f"tinytown/{name}")
        ours, theirs = (np.asarray(Image.open(io.BytesIO(data))) for data in (written, kept))
        if name.endswith(".png"):
            np.testing.assert_array_equal(ours, theirs, err_msg=name)
        else:  # other processors and codecs may round differently
            assert np.abs(ours.astype(int) - theirs).mean() < 0.5, name

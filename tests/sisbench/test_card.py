"""Cards and protocols as data: derived tables, digests, errors."""

import dataclasses
import json

import pytest

from sisbench import datasets
from sisbench.card import IGNORED, Card, Label, Protocol, Scoring
from sisbench.errors import InputError

CARD = Card(
    name="toy",
    title="Toy",
    source="here",
    licence="CC0",
    obtain="Draw it.",
    labels=(
        Label(0, "void", (1, 2, 3)),
        Label(4, "wall", (4, 5, 6), train_id=1),
        Label(2, "sky", (7, 8, 9), train_id=0),
    ),
    num_labels=5,
    unknown_label=True,
    instances=False,
    size=(2, 4),
    native_size=(4, 8),
    counts={"train": 3, "val": 2},
    eval_split="val",
    default_protocol="toy-v1",
)
PROTOCOL = Protocol(name="toy-v1", source="here", metrics=("psnr",), scorings=(Scoring("toy", (2, 4), None),))


def test_tables_follow_the_labels():
    assert CARD.layout_channels == 6
    assert [label.name for label in CARD.train_classes] == ["sky", "wall"]
    ids = CARD.train_id_table()
    assert len(ids) == 256
    assert (ids[0], ids[2], ids[4], ids[3], ids[255]) == (IGNORED, 0, 1, IGNORED, IGNORED)
    palette = CARD.palette()
    assert len(palette) == 256
    assert (palette[4], palette[3]) == ((4, 5, 6), (0, 0, 0))


@pytest.mark.parametrize("literal", [CARD, PROTOCOL])
def test_a_literal_is_frozen_json(literal):
    assert json.loads(json.dumps(dataclasses.asdict(literal)))["name"] == literal.name
    with pytest.raises(dataclasses.FrozenInstanceError):
        literal.name = "other"


def test_a_digest_follows_every_field():
    assert CARD.digest() == dataclasses.replace(CARD).digest()
    assert CARD.digest() != dataclasses.replace(CARD, size=(4, 8)).digest()
    assert PROTOCOL.digest() != dataclasses.replace(PROTOCOL, seed=1).digest()


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("cityscapes", "56c8e012211975834578d0d175a9f8cb3474ed1607a2979c62088d34ae822f7e"),
        ("tinytown", "48344f008e5b8099674c788af6967f3111405556451c985e5f5de00a5c7ce89d"),
    ],
)
def test_cards_that_stand_in_records_keep_their_digests(name, digest):
    assert datasets.get(name).card.digest() == digest


@pytest.mark.parametrize(("unknown", "unlabeled", "found"), [(True, None, 255), (False, 0, 0), (False, None, None)])
def test_unlabelled_pixels_have_one_value_or_none(unknown, unlabeled, found):
    card = dataclasses.replace(CARD, unknown_label=unknown, unlabeled=unlabeled)
    assert card.unlabeled_id == found


def test_a_protocol_answers_for_its_data_sets_only():
    assert PROTOCOL.scoring("toy").size == (2, 4)
    with pytest.raises(InputError, match="'toy-v1' does not cover data set 'cityscapes'; it covers toy"):
        PROTOCOL.scoring("cityscapes")


def test_a_field_at_its_default_changes_no_digest():
    @dataclasses.dataclass(frozen=True)
    class Later(Protocol):
        gained: tuple[str, ...] = ()
        also: list[int] = dataclasses.field(default_factory=list)

    held = {field.name: getattr(PROTOCOL, field.name) for field in dataclasses.fields(Protocol)}
    assert Later(**held).digest() == PROTOCOL.digest()
    assert Later(**held, gained=("x",)).digest() != PROTOCOL.digest()
    assert Later(**held, also=[1]).digest() != PROTOCOL.digest()

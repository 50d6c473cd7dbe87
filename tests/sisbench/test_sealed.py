"""Sealing: the canonical form by hand, what changes a digest and what does not, strict reading."""

from __future__ import annotations

import hashlib
import json
import math
import random
import struct
from pathlib import Path

import pytest

from sisbench import sealed
from sisbench.errors import InputError


def test_by_hand() -> None:
    expected = hashlib.sha256(b'{"a":[1,2.5,null],"b":{"x":"\\u00e4","y":true}}').hexdigest()
    value = {"b": {"y": True, "x": "ä"}, "a": (1, 2.5, None)}
    assert sealed.digest(value) == expected
    assert sealed.seal(value) == {"b": {"y": True, "x": "ä"}, "a": [1, 2.5, None], "digest": expected}


def test_it_does_not_cover_itself() -> None:
    assert sealed.digest(sealed.seal({"a": 1})) == sealed.digest({"a": 1})


def test_any_float_comes_back_to_the_bit(tmp_path: Path) -> None:
    draw = random.Random(0)
    bits = (struct.unpack("<d", draw.randbytes(8))[0] for _ in range(2000))
    value = sealed.seal({"x": [x for x in bits if math.isfinite(x)], "edge": [5e-324, 1.7976931348623157e308, -0.0]})
    (tmp_path / "x.json").write_text(json.dumps(value, indent=3))
    found = sealed.load(tmp_path / "x.json", "a test", "Try again.")
    assert sealed.require_seal(found, tmp_path) == value["digest"]
    assert found == value


@pytest.mark.parametrize("digest", [None, 7, "0" * 64])
def test_another_digest(digest: object, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"x\.json records (no|the) digest.*content has [0-9a-f]{12}"):
        sealed.require_seal({"a": 1, "digest": digest}, tmp_path / "x.json")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"\xff", "can't decode byte"),
        (b"NaN", "it holds NaN where finite numbers are expected"),
        (b"[1e400]", "it holds 1e400 where"),
        (b"[-1" + b"0" * 400 + b"]", r"it holds -10{18}\.\.\. where"),
        (b"[1" + b"0" * 5000 + b"]", "Exceeds the limit"),
        (b'{"a": -Infinity}', "it holds -Infinity where"),
        (b"[" * 100_000, "recursion"),
        (b'[{"a": 1, "b": 2, "a": 1}]', "'a' stands twice in one object"),
    ],
)
def test_strict_reading(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(InputError, match=rf"x\.json cannot be read as a test \(.*{reason}.*\)\. Try again\."):
        sealed.load(tmp_path / "x.json", "a test", "Try again.")


def test_whole_numbers_stay_whole(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[9007199254740993, -0, 0]")
    assert repr(sealed.load(tmp_path / "x.json", "a test", "")) == "[9007199254740993, 0, 0]"


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"x\.json cannot be read as a test \(No such file or directory\)\."):
        sealed.load(tmp_path / "x.json", "a test", "Try again.")

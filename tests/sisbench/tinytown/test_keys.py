"""Keys: known answers, ranges, and that nothing is shared between names."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from sisbench.tinytown.keys import Key


def test_splitmix64_gives_the_published_stream() -> None:
    # First outputs of SplitMix64 from state 1234567, as listed with its reference implementation.
    from sisbench.tinytown.keys import _counter_words

    words = _counter_words(1234567, 3)
    assert [int(w) for w in words] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_a_path_is_a_path_however_it_is_walked() -> None:
    assert Key("a", 1, "b").state == Key("a").child(1).child("b").state
    assert Key("a", 1).state != Key(1, "a").state
    assert Key("ab").state != Key("a", "b").state
    assert [k.state for k in Key("a").children("x", 2)] == [Key("a", "x", 0).state, Key("a", "x", 1).state]


def test_draws_depend_on_their_name_and_key_alone() -> None:
    key = Key("world", 7)
    before = key.uniform("height", 2, 3)
    key.pick("colour", "abc")
    key.units("leaves", 50)
    assert key.uniform("height", 2, 3) == before
    assert key.unit("height") != key.unit("width") != key.child("x").unit("width")


def test_the_first_numbers_of_an_array_do_not_depend_on_its_length() -> None:
    key = Key(3)
    np.testing.assert_array_equal(key.units("a", 10), key.units("a", 4, 5).ravel()[:10])
    np.testing.assert_array_equal(key.normals("a", 10), key.normals("a", 100)[:10])


def test_units_are_uniform_and_normals_are_nearly_normal() -> None:
    units = Key("u").units("x", 100_000)
    assert units.min() >= 0 and units.max() < 1
    assert abs(units.mean() - 0.5) < 0.003 and abs(units.var() - 1 / 12) < 0.001
    normals = Key("n").normals("x", 100_000)
    assert abs(normals.mean()) < 0.01 and abs(normals.std() - 1) < 0.01
    assert np.abs(normals).max() <= 2 * 3**0.5
    single = np.array([Key("s", i).normal("x") for i in range(4000)])
    assert abs(single.mean()) < 0.06 and abs(single.std() - 1) < 0.04


def test_picks_follow_their_weights() -> None:
    drawn = [Key(i).pick("kind", ("a", "b", "c"), (6, 3, 1)) for i in range(5000)]
    assert [round(drawn.count(x) / 5000, 1) for x in "abc"] == [0.6, 0.3, 0.1]
    assert {Key(i).integer("n", 4) for i in range(200)} == {0, 1, 2, 3}
    assert {Key(i).sign("side") for i in range(50)} == {-1, 1}
    assert 0.27 < sum(Key(i).chance("p", 0.3) for i in range(5000)) / 5000 < 0.33


@pytest.mark.parametrize("seed", ["0", "42"])
def test_another_process_draws_the_same(seed: str) -> None:
    code = "from sisbench.tinytown.keys import Key; print(Key('w', 5).unit('x').hex(), Key('w', 5).seed)"
    env = {**os.environ, "PYTHONHASHSEED": seed}
    told = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout
    assert told.split() == [Key("w", 5).unit("x").hex(), str(Key("w", 5).seed)]

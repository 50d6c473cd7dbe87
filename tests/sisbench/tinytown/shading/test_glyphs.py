"""Letters and digits."""

from __future__ import annotations

import pytest

from sisbench.tinytown.shading.glyphs import dot, number, word


def _rows(code: int) -> list[str]:
    return ["".join("#" if dot(code, (c + 0.5) / 3, (4 - r + 0.5) / 5) else "." for c in range(3)) for r in range(5)]


def test_shapes_of_characters() -> None:
    assert _rows(4) == ["#.#", "#.#", "###", "..#", "..#"]
    assert _rows(11) == ["###", "#..", "##.", "#..", "###"]  # the vowel E
    assert dot(4, -0.01, 0.5) == dot(4, 0.5, 1.0) == 0.0


def test_numbers_are_read_from_left_to_right() -> None:
    # The upper right dot of the 4 is set; the 7 ends at the lower left.
    assert number(0.75, 0.9, 47, 0.0) == 1.0
    assert number(0.1, 0.1, 47, 0.0) == 0.0
    assert number(1.1, 0.1, 47, 0.0) == 1.0
    assert number(1.7, 0.1, 47, 0.0) == 0.0


def test_words_become_an_even_grey_when_they_are_small() -> None:
    near = {word(0.05 + 0.1 * k, 0.5, 5, 9, 0.0) for k in range(50)}
    far = {word(0.05 + 0.1 * k, 0.5, 5, 9, 2.0) for k in range(50)}
    assert near == {0.0, 1.0}
    assert len(far) == 1 and far.pop() == pytest.approx(0.42)
    assert word(-0.1, 0.5, 5, 9, 0.0) == word(5.0, 0.5, 5, 9, 0.0) == 0.0

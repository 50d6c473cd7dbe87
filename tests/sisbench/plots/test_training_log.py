from __future__ import annotations

import json
from pathlib import Path

import pytest

from sisbench.errors import InputError
from sisbench.plots._training_log import Curve, read


def log(folder: Path, *lines: object, end: str = "\n") -> Path:
    folder.mkdir(exist_ok=True)
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (folder / "losses.jsonl").write_text(text + end)
    return folder


def test_a_log_is_read(tmp_path: Path) -> None:
    folder = log(tmp_path / "a", {"step": 10, "g/gan": 1, "d/real": 2.5}, {"step": 20, "g/gan": 0.5, "miou": 0.3})
    expected = {"g/gan": Curve((10, 20), (1.0, 0.5)), "d/real": Curve((10,), (2.5,)), "miou": Curve((20,), (0.3,))}
    assert read(folder) == read(folder / "losses.jsonl") == expected


def test_a_last_line_that_a_kill_cut_short_is_left_out(tmp_path: Path) -> None:
    folder = log(tmp_path / "a", {"step": 10, "g/gan": 1.0}, '{"step": 20, "g/g', end="")
    assert read(folder) == {"g/gan": Curve((10,), (1.0,))}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"step": 20, "g/g', r"line 2 is damaged \(.*expected JSON such as"),
        ('{"g/gan": 1}', r"line 2 is damaged \('step'\)"),
        ('{"step": 20, "g/gan": "much"}', "line 2 is damaged"),
        ('{"step": 20, "g/gan": null}', "line 2 is damaged"),
        ("[1]", "line 2 is damaged"),
        ('{"step": 20, "g/gan": NaN}', r"line 2: g/gan = nan; expected finite numbers"),
        ('{"step": 20, "g/gan": -Infinity}', r"line 2: g/gan = -inf"),
        ('{"step": 5, "g/gan": 1}', r"line 2: step 5 after step 10; expected rising steps"),
    ],
)
def test_damage_is_named_with_its_line(tmp_path: Path, line: str, message: str) -> None:
    folder = log(tmp_path / "a", {"step": 10, "g/gan": 1.0}, line)
    with pytest.raises(InputError, match=f"losses.jsonl, {message}"):
        read(folder)


def test_an_empty_log(tmp_path: Path) -> None:
    for end in ("", "\n"):
        with pytest.raises(InputError, match=r"losses.jsonl holds no step; expected at least one"):
            read(log(tmp_path / "a", end=end.strip()))
    with pytest.raises(InputError, match=r"cannot be read as a training log \(No such file"):
        read(tmp_path / "b")
    (tmp_path / "c").mkdir()
    (tmp_path / "c/losses.jsonl").write_bytes(b"\xff\n")
    with pytest.raises(InputError, match="cannot be read as a training log"):
        read(tmp_path / "c")

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sisbench import per_image
from sisbench.errors import InputError

numbers = st.floats(allow_nan=False, allow_infinity=False)
keys = st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), min_size=1, max_size=5, unique=True)


def test_what_stands_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "spade.per_image.csv"
    per_image.write(path, ["town/1", "a,b"], {"psnr": [0.1, 1e-300], "oasis-2021:miou": [1, -0.5]})
    assert path.read_text() == '"key","psnr","oasis-2021:miou"\n"town/1",0.1,1.0\n"a,b",1e-300,-0.5\n'


@given(keys=keys, data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
def test_it_reads_what_it_wrote(tmp_path: Path, keys: list[str], data: st.DataObject) -> None:
    columns = {name: data.draw(st.lists(numbers, min_size=len(keys), max_size=len(keys))) for name in ("a", "b:c")}
    path = tmp_path / "numbers.csv"
    per_image.write(path, keys, columns)
    found = per_image.read(path)
    assert found.keys == tuple(keys)
    assert {name: list(map(str, column)) for name, column in found.columns.items()} == {
        name: list(map(str, map(float, column))) for name, column in columns.items()
    }  # as text, which tells -0.0 from 0.0


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    per_image.write(tmp_path / "x.csv", ["caf\udce9"], {"psnr": [1.0]})
    assert per_image.read(tmp_path / "x.csv") == (("caf\udce9",), {"psnr": (1.0,)})


def test_without_columns(tmp_path: Path) -> None:
    per_image.write(tmp_path / "x.csv", ["a", "b"], {})
    assert per_image.read(tmp_path / "x.csv") == (("a", "b"), {})


def test_place() -> None:
    assert per_image.beside(Path("a/v1.2.json")) == Path("a/v1.2.per_image.csv")


def test_columns_of_other_lengths_are_a_bug(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shorter"):
        per_image.write(tmp_path / "x.csv", ["a", "b"], {"psnr": [1.0]})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "IndexError"),
        ("name,psnr\na,1\n", "not 'key'"),
        ("key,psnr,psnr\na,1,2\n", "not 'key' and the names of outputs"),
        ("key,psnr\n", "there is no row"),
        ("key,psnr\na,1\na,2\n", "a key stands there twice"),
        ("key,psnr\na,1\nb\n", "row of 'b' has 1 cells in place of 2"),
        ("key,psnr\na,1,5\n", "row of 'a' has 3 cells in place of 2"),
        ("key,psnr\na,much\n", "could not convert"),
        ("key,psnr\na,nan\n", "'nan' is not finite"),
        ('key,psnr\n"a,1\n', "Error"),
    ],
)
def test_damaged_files(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "x.csv").write_text(content)
    with pytest.raises(InputError, match=f"x.csv cannot be read as the per-image numbers.*{message}.*Evaluate again"):
        per_image.read(tmp_path / "x.csv")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="FileNotFoundError"):
        per_image.read(tmp_path / "x.csv")


def test_numbers_keep_their_last_bit(tmp_path: Path) -> None:
    value = math.nextafter(1 / 3, 1)
    per_image.write(tmp_path / "x.csv", ["a"], {"psnr": [value]})
    assert per_image.read(tmp_path / "x.csv").columns["psnr"] == (value,)

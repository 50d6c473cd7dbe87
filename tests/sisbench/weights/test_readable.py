from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import scipy.io
import torch
from safetensors.torch import save_file

from sisbench.errors import InputError
from sisbench.weights._readable import assert_readable
from tests.sisbench.weights.known import state


class Code:
    """Runs when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("unpickled",)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("value", [{"a": torch.zeros(2)}, {"epoch": 1, "state": [{"a": torch.zeros(2)}]}])
def test_both_formats_of_torch_save(tmp_path: Path, zipped: bool, value: object) -> None:
    torch.save(value, tmp_path / "a", _use_new_zipfile_serialization=zipped)
    assert_readable(tmp_path / "a", "a", suffix=".pth")


def test_safetensors(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(2)}, tmp_path / "a")
    assert_readable(tmp_path / "a", "a", suffix=".safetensors")
    with pytest.raises(InputError, match=r"expected a state written by torch\.save"):
        assert_readable(tmp_path / "a", "a", suffix=".pth")


def test_matlab(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a", {"layers": [1.0, 2.0]}, appendmat=False)
    assert_readable(tmp_path / "a", "a", suffix=".mat")
    scipy.io.savemat(tmp_path / "a", {}, appendmat=False)
    with pytest.raises(InputError, match="holds no tensor"):
        assert_readable(tmp_path / "a", "a", suffix=".mat")


@pytest.mark.parametrize("content", [b"", b"<html>", state()[:-100], state()[:200], pickle.dumps({"a": Code()})])
@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".mat"])
def test_what_holds_no_weights(tmp_path: Path, content: bytes, suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(InputError, match=r"^the file cannot be read as weights"):
        assert_readable(tmp_path / "a", "the file", suffix)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("value", [{}, {"epoch": 3}, [1, "a"]])
def test_no_tensor(tmp_path: Path, value: object) -> None:
    torch.save(value, tmp_path / "a")
    with pytest.raises(InputError, match="holds no tensor; expected a state by names"):
        assert_readable(tmp_path / "a", "a", suffix=".pth")

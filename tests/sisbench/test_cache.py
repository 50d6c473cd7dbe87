from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sisbench.cache import Cache, default_folder

SOURCE = {"samples": "abc", "network": "def"}


def test_what_is_put_comes_back(tmp_path: Path) -> None:
    tensor = torch.randn(3, 5, dtype=torch.float64)
    Cache(tmp_path / "new").put_tensor(SOURCE, tensor)
    Cache(tmp_path / "new").put_json({**SOURCE, "kind": "scores"}, {"miou": 0.1})
    cache = Cache(tmp_path / "new")
    found = cache.tensor(dict(reversed(SOURCE.items())))
    assert found is not None
    assert torch.equal(found, tensor)
    assert cache.json({**SOURCE, "kind": "scores"}) == {"miou": 0.1}
    assert cache.tensor({**SOURCE, "network": "other"}) is None


def test_a_transposed_tensor_keeps_its_order(tmp_path: Path) -> None:
    tensor = torch.arange(6.0).view(2, 3).T
    Cache(tmp_path).put_tensor(SOURCE, tensor)
    assert torch.equal(Cache(tmp_path).tensor(SOURCE), tensor)  # type: ignore[arg-type]


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text"])
def test_a_damaged_entry_is_as_good_as_none(tmp_path: Path, damage: str) -> None:
    cache = Cache(tmp_path)
    cache.put_tensor(SOURCE, torch.zeros(4))
    cache.put_json({"kind": "scores"}, [1])
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        flipped = content[:-3] + bytes([content[-3] ^ 1]) + content[-2:]
        path.write_bytes({"cut": content[:-5], "flip": flipped, "empty": b"", "text": b"hello\n"}[damage])
    assert cache.tensor(SOURCE) is None
    assert cache.json({"kind": "scores"}) is None
    cache.put_tensor(SOURCE, torch.ones(4))
    assert cache.tensor(SOURCE) is not None


def test_no_folder_keeps_nothing() -> None:
    cache = Cache(None)
    cache.put_tensor(SOURCE, torch.zeros(4))
    assert cache.tensor(SOURCE) is None


def test_a_folder_that_cannot_be_written_warns(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file")
    with pytest.warns(UserWarning, match="processed again next time"):
        cache.put_json(SOURCE, 1)
    assert cache.json(SOURCE) is None


def test_default_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SISBENCH_CACHE", "/somewhere")
    assert default_folder() == Path("/somewhere/real")

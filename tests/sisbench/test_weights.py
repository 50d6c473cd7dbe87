from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest

from sisbench import weights
from sisbench.errors import InputError
from sisbench.weights import Unavailable

CONTENT = b"published tensors"


@pytest.fixture(autouse=True)
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No weights anywhere but where a test puts them; the Inception file is the one with CONTENT."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for variable in ("SISBENCH_WEIGHTS", "TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    known = dataclasses.replace(
        weights.get("inception-2015-12-05"), filename="net.pth", sha256=hashlib.sha256(CONTENT).hexdigest()[:8]
    )
    monkeypatch.setitem(weights._WEIGHTS, "inception-2015-12-05", known)


def put(folder: Path, content: bytes = CONTENT) -> Path:
    folder.mkdir(parents=True)
    (folder / "net.pth").write_bytes(content)
    return folder / "net.pth"


def test_the_packaged_file_is_found_without_a_download() -> None:
    path = weights.find("efficientnet-lite0")
    assert path.name == "efficientnet-lite0-57934424.pth"


def test_places_in_order_of_precedence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = put(tmp_path / "home" / ".cache" / "torch" / "hub" / "checkpoints")
    assert weights.find("inception-2015-12-05") == hub
    cache = put(tmp_path / "home" / ".cache" / "sisbench" / "weights")
    assert weights.find("inception-2015-12-05") == cache
    own = put(tmp_path / "own")
    monkeypatch.setenv("SISBENCH_WEIGHTS", str(tmp_path / "own"))
    assert weights.find("inception-2015-12-05") == own


@pytest.mark.parametrize(("variable", "below"), [("TORCH_HOME", ""), ("XDG_CACHE_HOME", "torch")])
def test_the_folder_of_torch_hub_follows_its_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, below: str
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "elsewhere"))
    path = put(tmp_path / "elsewhere" / below / "hub" / "checkpoints")
    assert weights.find("inception-2015-12-05") == path


def test_missing_weights_say_where_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable, match=r"net\.pth are neither in \$SISBENCH_WEIGHTS \(not set\).*Download them"):
        weights.find("inception-2015-12-05")
    monkeypatch.setenv("SISBENCH_WEIGHTS", str(tmp_path / "nowhere"))
    with pytest.raises(Unavailable, match="nowhere"):
        weights.find("inception-2015-12-05")


def test_another_file_under_the_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path / "own", b"truncated")
    monkeypatch.setenv("SISBENCH_WEIGHTS", str(path.parent))
    with pytest.raises(Unavailable, match=rf"{path} is not the published file"):
        weights.find("inception-2015-12-05")


def test_unknown_name() -> None:
    with pytest.raises(InputError, match="closest: 'inception-2015-12-05'"):
        weights.find("inception")


def test_facts_are_complete() -> None:
    for name in weights.names():
        weight = weights.get(name)
        assert weight.url.startswith("https://")
        assert len(weight.sha256) in (8, 64)
        assert weight.licence
        assert weight.used_by

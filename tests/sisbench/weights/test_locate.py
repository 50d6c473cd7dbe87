from __future__ import annotations

import json
from pathlib import Path

import pytest

import segmenters
from sisbench import weights
from sisbench.weights import Unavailable
from tests.sisbench.weights.known import CONTENT, PINNED, PREFIXED, digest, publish, publish_both, state


@pytest.fixture(autouse=True)
def published(empty_machine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_both(monkeypatch)


def put(folder: Path, content: bytes = CONTENT, name: str = "net.pth") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SISBENCH_WEIGHTS", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("efficientnet-lite0", "efficientnet-lite0-57934424.pth"),
        ("lpips-alex-v0.1", "alex.pth"),
        ("lpips-squeeze-v0.1", "squeeze.pth"),
        ("lpips-vgg-v0.1", "vgg.pth"),
    ],
)
def test_packaged_files_are_found_without_a_download(name: str, file: str) -> None:
    path = weights.find(name)
    assert path.name == file
    assert "v0.1" in path.parts or name == "efficientnet-lite0"


def test_places_in_order_of_precedence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = put(tmp_path / "home" / ".cache" / "torch" / "hub" / "checkpoints")
    assert weights.find(PREFIXED) == hub
    cache = put(tmp_path / "home" / ".cache" / "sisbench" / "weights")
    assert weights.find(PREFIXED) == cache
    assert weights.folder() == cache.parent
    own = put(tmp_path / "own")
    monkeypatch.setenv("SISBENCH_WEIGHTS", str(tmp_path / "own"))
    assert weights.find(PREFIXED) == own
    assert weights.folder() == own.parent
    given = put(tmp_path / "given")
    assert list(weights.copies(weights.get(PREFIXED), tmp_path / "given")) == [given, own, cache, hub]


def test_segmenters_are_looked_for_where_they_look_themselves(tmp_path: Path) -> None:
    drn = weights.get("drn_d_105.cityscapes")
    put(tmp_path / "home" / ".cache" / "torch" / "hub" / "checkpoints", state(), drn.filename)
    assert list(weights.copies(drn)) == []
    cache = put(tmp_path / "home" / ".cache" / "sisbench" / "weights", state(), drn.filename)
    assert weights.find(drn.name) == segmenters.find(drn.name) == cache


@pytest.mark.parametrize(("variable", "below"), [("TORCH_HOME", ""), ("XDG_CACHE_HOME", "torch")])
def test_the_folder_of_torch_hub_follows_its_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, below: str
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "elsewhere"))
    path = put(tmp_path / "elsewhere" / below / "hub" / "checkpoints")
    assert weights.find(PREFIXED) == path


def test_missing_weights_say_where_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    message = (
        r"net\.pth are neither in \$SISBENCH_WEIGHTS \(not set\) nor in ~/\.cache/sisbench/weights\. "
        r"Run 'sisbench weights fetch inception-2015-12-05', or get https://host\.invalid/net\.pth another way and run "
        r"'sisbench weights add inception-2015-12-05 FILE'\."
    )
    with pytest.raises(Unavailable, match=message):
        weights.find(PREFIXED)
    monkeypatch.setenv("SISBENCH_WEIGHTS", str(tmp_path / "nowhere"))
    with pytest.raises(Unavailable, match="nowhere"):
        weights.find(PREFIXED)


def test_what_no_host_gives_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable, match=r"by way of .*fyu/drn.*'sisbench weights add drn_d_105\.cityscapes FILE'"):
        weights.find("drn_d_105.cityscapes")
    publish(monkeypatch, "efficientnet-lite0", package="package_that_is_not_here/x.pth")
    with pytest.raises(Unavailable, match="the Python package package-that-is-not-here: install that again"):
        weights.find("efficientnet-lite0")


def test_another_file_under_the_name_is_refused(own: Path) -> None:
    path = put(own, b"truncated")
    with pytest.raises(
        Unavailable, match=rf"{path} is not the published file.*begins with {digest(b'truncated')[:16]}"
    ):
        weights.find(PREFIXED)


def test_a_damaged_file_is_not_passed_over_in_silence(own: Path, tmp_path: Path) -> None:
    put(tmp_path / "home" / ".cache" / "sisbench" / "weights")
    put(own, b"truncated")
    with pytest.raises(Unavailable, match="not the published file"):
        weights.find(PREFIXED)


def test_the_first_file_without_a_published_digest_is_pinned(own: Path) -> None:
    path = put(own, state(1), "places.pth.tar")
    assert weights.find(PINNED) == path
    pins = json.loads((own / "sisbench-pins.json").read_text())
    assert pins == {"places.pth.tar": {"sha256": digest(state(1)), "origin": "first use"}}
    assert weights.find(PINNED) == path
    put(own, state(2), "places.pth.tar")
    with pytest.raises(
        Unavailable, match=rf"{path} is not the file that was first used here.*its line in .*pins\.json"
    ):
        weights.find(PINNED)


def test_published_digests_need_no_pin(own: Path) -> None:
    put(own)
    weights.find(PREFIXED)
    assert sorted(path.name for path in own.iterdir()) == ["net.pth"]


def test_a_file_that_cannot_be_pinned_is_not_used(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(own, state(1), "places.pth.tar")

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("sisbench.weights._pins.FileLock", refuse)
    with pytest.raises(
        Unavailable, match=r"no published digest.*Permission denied.*add alexnet-places365 .* --folder DIR"
    ):
        weights.find(PINNED)


def test_an_unreadable_file(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(own)

    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("sisbench.weights._locate.sha256", refuse)
    with pytest.raises(Unavailable, match=r"cannot be read: Permission denied\. Check its permissions"):
        weights.find(PREFIXED)

"""`sisbench weights` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sisbench import weights
from sisbench.cli import main
from tests.sisbench.weights.known import CONTENT, PINNED, PREFIXED, digest, publish, publish_both, state
from tests.sisbench.weights.server import Server, status

EVERYTHING = {weight.name for weight in weights.catalogue()}


@pytest.fixture(autouse=True)
def own(server: Server, empty_machine: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    publish_both(monkeypatch, server.url)
    server.content = CONTENT
    monkeypatch.setenv("SISBENCH_WEIGHTS", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["weights", *arguments])


def refused(result: Result, *parts: str) -> None:
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    for part in parts:
        assert part in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", [[], ["list"], ["fetch"], ["verify"], ["add"]])
def test_every_help_text_exists(command: list[str]) -> None:
    result = call(*command, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 4


def test_list(own: Path) -> None:
    (own / "net.pth").write_bytes(CONTENT)
    result = call("list")
    assert result.exit_code == 0, result.output
    blocks = {block.partition(" ")[0]: block for block in result.output.replace("\n  ", "\t").splitlines()}
    assert set(blocks) == EVERYTHING
    assert f"here     {own / 'net.pth'}" in blocks[PREFIXED]
    assert "licence  Apache-2.0" in blocks[PREFIXED]
    assert blocks["vgg16-imagenet"].endswith("here     no")
    assert "sha256   none published; pinned on first use" in blocks[PINNED]


def test_list_as_json(own: Path) -> None:
    (own / "places.pth.tar").write_bytes(state(1))
    weights.find(PINNED)
    facts = {fact["name"]: fact for fact in json.loads(call("list", "--json").output)}
    assert set(facts) == EVERYTHING
    assert facts[PINNED]["path"] == str(own / "places.pth.tar")
    assert (facts[PINNED]["sha256"], facts[PINNED]["pinned"]) == (None, digest(state(1)))
    assert facts["vgg16-imagenet"]["path"] is None
    assert facts["lpips-vgg-v0.1"]["used_by"] == ["samples:lpips-vgg"]
    assert f"none published; pinned {digest(state(1))}" in call("list").output


def test_fetch(server: Server, own: Path) -> None:
    result = call("fetch", PREFIXED)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{PREFIXED}: {own / 'net.pth'}\n"
    assert (own / "net.pth").read_bytes() == CONTENT
    assert call("fetch", PREFIXED, PREFIXED).stdout == result.stdout
    assert len(server.asked) == 1


def test_fetch_for_a_metric(own: Path) -> None:
    assert call("fetch", "--for", "fid", "--for", "fd_effnet").exit_code == 0
    assert [path.name for path in own.glob("[!.]*")] == ["net.pth"]  # the other one comes with a package


def publish_all(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """Let every file that can be fetched be CONTENT, and no package ship it."""
    for name in weights.names():
        if weights.get(name).direct and name != PREFIXED:
            publish(monkeypatch, name, url=f"{host}/{name}", sha256=digest(CONTENT), package=None)


def test_fetch_all_from_the_origins(server: Server, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_all(monkeypatch, server.url)
    result = call("fetch", "--all")
    assert result.exit_code == 0, result.output
    assert "drn_d_105.cityscapes: left out." in result.output
    direct = {weight.filename for weight in weights.catalogue() if weight.direct}
    assert {path.name for path in own.glob("[!.]*")} == direct


def test_fetch_all_leaves_out_what_has_no_host_and_nothing_else(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_all(monkeypatch, server.url)
    server.usual = status(404)
    result = call("fetch", "--all")
    refused(result, "drn_d_105.cityscapes: left out.", "- vgg16-imagenet: cannot fetch")
    result = call("fetch", "--all", "--mirror", server.url)
    refused(result, "- drn_d_105.cityscapes: cannot fetch", "- vgg16-imagenet: cannot fetch")


def test_failures_are_reported_together(server: Server, own: Path) -> None:
    server.script = [status(404)]
    result = call("fetch", PINNED, "drn_d_105.cityscapes", PREFIXED)
    refused(result, "Not all weights could be fetched", f"- {PINNED}: cannot fetch", "- drn_d_105.cityscapes: ")
    assert f"{PREFIXED}: {own / 'net.pth'}" in result.output


def test_options_of_a_fetch(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_both(monkeypatch)
    given = tmp_path / "given"
    refused(call("fetch", PREFIXED, "--offline"), "downloads are forbidden")
    server.script = [status(500)]
    arguments = ["--folder", str(given), "--mirror", server.url, "--timeout", "0.5"]
    refused(call("fetch", PREFIXED, *arguments, "--tries", "1"), "Attempts that brought nothing new: 1")
    result = call("fetch", PREFIXED, *arguments)
    assert result.exit_code == 0, result.output
    assert (given / "net.pth").read_bytes() == CONTENT
    assert f"Set SISBENCH_WEIGHTS={given} wherever" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fetch"], "name the files, or give --for or --all"),
        (["fetch", "inception"], "closest: 'inception-2015-12-05'"),
        (["fetch", "--for", "fidd"], "closest: 'fid'"),
        (["fetch", PREFIXED, "--tries", "0"], "--tries"),
        (["fetch", PREFIXED, "--mirror", "a folder"], "expected an address such as https://host/file"),
        (["verify", "inception"], "closest: 'inception-2015-12-05'"),
        (["add", PREFIXED, "nowhere.pth"], "is not a file. Check the path"),
    ],
)
def test_wrong_turns(arguments: list[str], message: str) -> None:
    refused(call(*arguments), message)


def test_verify(own: Path) -> None:
    (own / "net.pth").write_bytes(CONTENT)
    result = call("verify")
    assert result.exit_code == 0, result.output
    assert f"right    {PREFIXED}: {own / 'net.pth'}" in result.output
    assert "right    lpips-alex-v0.1: " in result.output
    assert "missing  vgg16-imagenet: Run 'sisbench weights fetch vgg16-imagenet'" in result.output


def test_verify_finds_every_damaged_file(own: Path, tmp_path: Path) -> None:
    hub = tmp_path / "home" / ".cache" / "torch" / "hub" / "checkpoints"
    hub.mkdir(parents=True)
    (own / "net.pth").write_bytes(CONTENT)
    (hub / "net.pth").write_bytes(b"damaged")  # behind the good one, yet to be known of
    result = call("verify", PREFIXED)
    assert result.exit_code == 1
    assert result.output.splitlines()[0] == f"right    {PREFIXED}: {own / 'net.pth'}"
    assert f"WRONG    {PREFIXED}: {hub / 'net.pth'} is not the published file" in result.output


def test_verify_a_missing_file_by_name() -> None:
    result = call("verify", PREFIXED)
    assert result.exit_code == 1
    assert f"missing  {PREFIXED}" in result.output


def test_add(own: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.pth").write_bytes(CONTENT)
    result = call("add", PREFIXED, str(tmp_path / "mine.pth"))
    assert result.stdout == f"{PREFIXED}: {own / 'net.pth'}\n"
    assert call("verify", PREFIXED).exit_code == 0
    result = call("add", PREFIXED, str(tmp_path / "mine.pth"), "--folder", str(tmp_path / "given"))
    assert f"Set SISBENCH_WEIGHTS={tmp_path / 'given'} wherever" in result.output
    refused(call("add", "vgg16-imagenet", str(tmp_path / "mine.pth")), "is not vgg16-397923af.pth", "expected 397923af")


def test_names_are_completed() -> None:
    from sisbench.cli.weights import fetch

    items = fetch.params[0].shell_complete(fetch.make_context("fetch", ["x"]), "incep")
    assert [item.value for item in items] == [PREFIXED]

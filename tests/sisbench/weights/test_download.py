"""The download itself, against a server that truncates, stalls, redirects and refuses."""

from __future__ import annotations

import socket
from http.client import HTTPMessage
from io import BytesIO
from pathlib import Path
from urllib.request import Request

import pytest

from sisbench.weights._download import Patience, download
from sisbench.weights._http import DownloadError, _Redirects
from tests.sisbench.weights.downloading import QUICK, SIZE, begun, get
from tests.sisbench.weights.server import (
    CONTENT,
    Behaviour,
    Server,
    answer,
    garbage,
    hang_up,
    redirect,
    reset,
    silence,
    stall,
    status,
)


def test_the_whole_file(server: Server, part: Path) -> None:
    seen = get(server, part)
    assert part.read_bytes() == CONTENT
    assert seen[0] == (0, SIZE)
    assert seen[-1] == (SIZE, SIZE)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert server.asked == [("/net.pth", None)]


@pytest.mark.parametrize("failure", [hang_up(60_000), reset(60_000), stall(60_000)], ids=["hang up", "reset", "stall"])
def test_a_broken_connection_is_continued(server: Server, part: Path, failure: Behaviour) -> None:
    server.script = [failure]
    get(server, part)
    assert part.read_bytes() == CONTENT
    (_, first), (_, second) = server.asked
    assert first is None
    assert second is not None
    # A reset may destroy what was under way.
    assert 0 < int(second.removeprefix("bytes=").removesuffix("-")) <= 60_000


def test_what_has_arrived_is_not_sent_again(server: Server, part: Path) -> None:
    begun(server, part)
    seen = get(server, part)
    assert part.read_bytes() == CONTENT
    assert server.asked == [("/net.pth", "bytes=50000-")]
    assert server.sent == SIZE - 50_000
    assert seen[0] == (50_000, SIZE)


def test_many_interruptions_that_get_on_are_not_too_many(server: Server, part: Path) -> None:
    server.usual = hang_up(20_000)
    get(server, part)
    assert part.read_bytes() == CONTENT
    assert len(server.asked) == 10
    assert server.sent == SIZE


def test_a_whole_part_asks_nothing(server: Server, part: Path) -> None:
    get(server, part)
    get(server, part)
    assert len(server.asked) == 1


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(server: Server, part: Path, code: int) -> None:
    server.script = [status(code), status(code)]
    get(server, part)
    assert part.read_bytes() == CONTENT
    assert len(server.asked) == 3


def test_the_wait_is_the_server_s_or_doubles(server: Server, part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    server.script = [status(500), status(500), status(503, Retry_After=7), status(503, Retry_After=9999), status(500)]
    get(server, part, Patience(tries=9, backoff=0.5))
    assert waits == [0.5, 1.0, 7.0, 60.0, 8.0]


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (status(503), "answers 503"),
        (silence, "nothing came for 0.3 s"),
        (garbage, r"the connection broke \(BadStatusLine\)"),
        (hang_up(0), "ended after 0 of 200000 bytes"),
    ],
    ids=["503", "silence", "garbage", "nothing"],
)
def test_patience_ends(server: Server, part: Path, failure: Behaviour, reason: str) -> None:
    server.usual = failure
    with pytest.raises(DownloadError, match=rf"{reason}.*Attempts that brought nothing new: 3") as caught:
        get(server, part)
    assert f"{server.url}/net.pth" in str(caught.value)
    assert len(server.asked) == 3


def test_nobody_listens(part: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/net.pth"
        with pytest.raises(DownloadError, match="no connection"):
            download(url, part, QUICK, lambda done, total: None)


def test_giving_up_keeps_what_has_arrived(server: Server, part: Path) -> None:
    server.script = [hang_up(70_000)]
    server.usual = status(500)
    with pytest.raises(DownloadError, match=r"70000 bytes are kept; the same command continues\.$"):
        get(server, part)
    assert part.read_bytes() == CONTENT[:70_000]


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_a_refusal_is_final(server: Server, part: Path, code: int) -> None:
    server.usual = status(code)
    with pytest.raises(DownloadError, match=f"answers {code} .*expected the file"):
        get(server, part)
    assert len(server.asked) == 1
    assert not part.exists()


def test_an_answer_without_a_file(server: Server, part: Path) -> None:
    server.usual = status(204)
    with pytest.raises(DownloadError, match="answers 204, expected the file"):
        get(server, part)


def test_a_compressed_answer_is_refused(server: Server, part: Path) -> None:
    server.usual = answer(b"xx", Content_Length=2, Content_Encoding="gzip")
    with pytest.raises(DownloadError, match="sends it compressed"):
        get(server, part)


# Redirects and addresses


def test_redirects_are_followed(server: Server, part: Path) -> None:
    server.script = [redirect("/elsewhere"), redirect(f"{server.url}/there"), hang_up(50_000), redirect("/there")]
    get(server, part)
    assert part.read_bytes() == CONTENT
    assert [path for path, _ in server.asked] == ["/net.pth", "/elsewhere", "/there", "/net.pth", "/there"]
    assert server.asked[-1][1] == "bytes=50000-"


def test_redirects_in_circles(server: Server, part: Path) -> None:
    server.usual = lambda handler: redirect("/b" if handler.path == "/a" else "/a")(handler)
    with pytest.raises(DownloadError, match="redirects in circles"):
        get(server, part)
    assert len(server.asked) < 20


@pytest.mark.parametrize(
    ("scheme", "message"), [("file", "to no web address"), ("ftp", r"redirects to ftp://.*less safe")]
)
def test_a_redirect_to_something_else(server: Server, part: Path, tmp_path: Path, scheme: str, message: str) -> None:
    (tmp_path / "secret").write_text("secret")
    server.usual = redirect(f"{scheme}://{tmp_path}/secret")
    with pytest.raises(DownloadError, match=message):
        get(server, part)
    assert len(server.asked) == 1
    assert not part.exists()


@pytest.mark.parametrize(("before", "after", "safe"), [("https", "http", False), ("http", "https", True)])
def test_redirects_stay_as_safe_as_they_were(before: str, after: str, safe: bool) -> None:
    arguments = (Request(f"{before}://a/x"), BytesIO(), 302, "Found", HTTPMessage(), f"{after}://b/x")
    if safe:
        following = _Redirects().redirect_request(*arguments)
        assert following is not None
        assert following.full_url == "https://b/x"
    else:
        with pytest.raises(DownloadError, match="less safe; expected https"):
            _Redirects().redirect_request(*arguments)


@pytest.mark.parametrize("url", ["ftp://host/a", "file:///etc/hosts", "a/b", "", "https://"])
def test_what_is_no_address(url: str, part: Path) -> None:
    with pytest.raises(DownloadError, match="expected an address such as https://host/file"):
        download(url, part, QUICK, lambda done, total: None)


def test_an_address_with_a_space(server: Server, part: Path) -> None:
    with pytest.raises(DownloadError, match="this is no address"):
        download(f"{server.url}/a b", part, QUICK, lambda done, total: None)


def test_an_unknown_host_is_not_waited_for(part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("waited"))
    with pytest.raises(DownloadError, match="host is not known here"):
        download("http://host.invalid/net.pth", part, QUICK, lambda done, total: None)

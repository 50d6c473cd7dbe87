"""One request over HTTP, with its failures sorted into those that pass and those that do not."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import IO
from urllib.parse import urlsplit

from sisbench.errors import InputError

_TRANSIENT_STATUS = (408, 425, 429, 500, 502, 503, 504)


class DownloadError(InputError):
    """A file that could not be fetched, with the reason; the caller adds what to do."""


class Transient(Exception):
    """An attempt that failed in a way that passes.

    Attributes:
        wait: Seconds that the server asks for before the next one.
        stale: Whether what has arrived is part of another file.
    """

    def __init__(self, reason: str, wait: float = 0.0, stale: bool = False) -> None:
        super().__init__(reason)
        self.wait, self.stale = wait, stale


@contextlib.contextmanager
def request(url: str, headers: dict[str, str], timeout: float) -> Iterator[http.client.HTTPResponse]:
    """Yield the answer of the server.

    Args:
        url: Where the file is.
        headers: Headers of the request; redirects keep them.
        timeout: Seconds without a byte after which the connection counts as broken.

    Raises:
        DownloadError: Asking again would not help.
        Transient: It might. This is also what an `OSError` within the block becomes, so those of the disk must be
            caught there.
    """
    question = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.build_opener(_Redirects).open(question, timeout=timeout) as response:
            yield response
    except urllib.error.HTTPError as error:
        error.close()
        raise _refusal(url, error) from error
    except (http.client.InvalidURL, UnicodeError) as error:
        raise DownloadError(f"cannot fetch {url}: this is no address ({error}).") from error
    except urllib.error.URLError as error:
        reason = error.reason
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise DownloadError(
                f"cannot fetch {url}: its certificate is not valid ({reason.verify_message})."
            ) from error
        if isinstance(reason, socket.gaierror):  # a machine without a network learns it at once
            raise DownloadError(f"cannot fetch {url}: its host is not known here ({reason.strerror}).") from error
        raise Transient(f"no connection ({reason})") from error
    except TimeoutError as error:
        raise Transient(f"nothing came for {timeout:g} s") from error
    except (OSError, http.client.HTTPException) as error:
        known = error.strerror if isinstance(error, OSError) else None  # other messages quote what the server sent
        raise Transient(f"the connection broke ({known or type(error).__name__})") from error


def _refusal(url: str, error: urllib.error.HTTPError) -> Exception:
    """Return what an answer with an error status means."""
    if error.code in _TRANSIENT_STATUS:
        wait = error.headers.get("Retry-After", "")
        return Transient(f"the server answers {error.code} ({error.reason})", float(wait) if wait.isdigit() else 0.0)
    if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return Transient("the server's file is shorter than when the download began", stale=True)
    if error.code < http.HTTPStatus.BAD_REQUEST:
        return DownloadError(f"cannot fetch {url}: it redirects in circles, too often, or to no web address.")
    return DownloadError(f"cannot fetch {url}: the server answers {error.code} ({error.reason}), expected the file.")


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but not from https to anything else."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the next request."""
        before, after = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if after not in ("http", "https") or (before == "https" and after != "https"):
            fp.close()
            raise DownloadError(
                f"cannot fetch {req.full_url}: it redirects to {newurl}, which is less safe; expected https."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)

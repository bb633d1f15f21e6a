"""Fetching one file over HTTP or HTTPS, whole and right or not at all.

`file` streams to a hidden partial file beside the target, goes on from there after a broken connection (Range with
If-Range on the server's ETag), tries again with growing waits, gives up at a total deadline, checks the sha256 and only
then renames. A partial file with its ETag is left behind when a transfer fails, so that the next run goes on from it.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random

from reprolib import files
from reprolib.errors import ReproError

SCHEMES = ("http", "https")
REDIRECTS = 5
QUIET_S = 2.0
TELL_EVERY_S = 1.0
ADDRESS = "check download.repository and the commit in params.yaml"
TOO_MANY_REQUESTS = 429
RANGE_NOT_SATISFIABLE = 416

Progress = Callable[[str, int, int | None], None]
"""Called with the file's name, bytes so far and bytes in all, where the server states them."""


@dataclass(frozen=True)
class Limits:
    """How long and how much to take from a server."""

    connect_timeout_s: float
    read_timeout_s: float
    """Longest silence."""
    deadline_s: float
    """Longest time for the file, all attempts together."""
    attempts: int
    first_wait_s: float = 1.0
    """Wait before the second attempt; it doubles from then on, up to 30 s, and each wait gets up to this much more."""
    max_bytes: int = 1 << 30
    """No file of this project is larger; a server that sends more is cut off."""


class _TryAgainError(Exception):
    """The cause, in a clause, of a failure that may pass."""


def file(url: str, target: Path, sha256: str, limits: Limits, progress: Progress | None = None) -> bool:
    """Fetch `url` to `target`, whose content must hash to `sha256`; False if it was there already.

    `progress` is called about once a second from the third second on.

    Raises:
        ReproError: The server refuses, stays silent, breaks off or sends other bytes; or `target` cannot be written.
    """
    if target.is_file() and files.sha256(target) == sha256:
        return False
    asyncio.run(_Transfer(url, target, sha256, limits, progress).run())
    return True


class _Transfer:
    """One file on its way: where its bytes lie so far, and what its failures say."""

    def __init__(self, url: str, target: Path, sha256: str, limits: Limits, progress: Progress | None) -> None:
        self.url = url
        self.target = target
        self.sha256 = sha256
        self.limits = limits
        self.progress = progress
        self.partial = target.with_name(f".{target.name}.part")
        self.etag = target.with_name(f".{target.name}.part.etag")
        self.attempt = 0
        self.began = self.told = time.monotonic()

    async def run(self) -> None:
        """Try until the file is there, the attempts are used up or the deadline is reached."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(_TryAgainError),
            wait=wait_exponential(multiplier=self.limits.first_wait_s, max=30)
            + wait_random(0, self.limits.first_wait_s),
            stop=stop_after_attempt(self.limits.attempts),
            reraise=True,
        )
        timeout = httpx.Timeout(self.limits.read_timeout_s, connect=self.limits.connect_timeout_s)
        try:
            # Cancelling from outside holds against a server that drips single bytes, which no socket timeout notices.
            async with asyncio.timeout(self.limits.deadline_s), httpx.AsyncClient(timeout=timeout) as client:
                await retrying(self._try, client)
        except TimeoutError as error:
            cause = f"it was not complete after {self.limits.deadline_s:g} s"
            raise self._failure(cause, "run the command again or raise download.deadline_s") from error
        except _TryAgainError as error:
            cause = f"{error} (attempt {self.attempt} of {self.limits.attempts})"
            raise self._failure(cause, "check the connection, then run the command again") from error
        except httpx.InvalidURL as error:
            raise self._failure(f"it is no address ({error})", ADDRESS) from error
        except OSError as error:
            with contextlib.suppress(OSError):
                self._discard()
            raise self._failure(
                f"{self.target} cannot be written ({error.strerror})", "check the folder and the space in it"
            ) from error

    async def _try(self, client: httpx.AsyncClient) -> None:
        """One attempt: get what is missing, check the whole, put it in place."""
        self.attempt += 1
        start = self._resumable()
        try:
            async with self._response(client, start) as response:
                resumed = self._resumes(response, start)
                await self._receive(response, start if resumed else 0)
        except httpx.TransportError as error:
            raise _TryAgainError(_describe(error, self.limits)) from error
        found = files.sha256(self.partial)
        if found != self.sha256:
            self._discard()
            if resumed:
                raise _TryAgainError("the pieces of a resumed transfer did not fit together")
            raise self._failure(
                f"sha256 {self.sha256} was expected, but the server sent {found}",
                "check the commit and the hash in params.yaml",
            )
        self.partial.replace(self.target)
        self._discard()

    def _resumable(self) -> int:
        """Bytes that an earlier attempt left and that the server can confirm to be of this version."""
        if not (self.partial.is_file() and self.etag.is_file()):
            self._discard()
            return 0
        return self.partial.stat().st_size

    @contextlib.asynccontextmanager
    async def _response(self, client: httpx.AsyncClient, start: int) -> AsyncIterator[httpx.Response]:
        """The server's answer, redirects followed by hand so that each scheme is seen before it is used."""
        # Byte ranges count the bytes as stored, so a compressed transfer could not be resumed.
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers |= {"Range": f"bytes={start}-", "If-Range": files.read_text(self.etag)}
        url = httpx.URL(self.url)
        for _ in range(REDIRECTS + 1):
            if url.scheme not in SCHEMES or not url.host:
                raise self._failure(f"its address leads to {url}, but only http and https are allowed", ADDRESS)
            async with client.stream("GET", url, headers=headers) as response:
                if not response.has_redirect_location:
                    yield response
                    return
                url = url.join(response.headers["Location"])
        raise self._failure(f"it was redirected more than {REDIRECTS} times", ADDRESS)

    def _resumes(self, response: httpx.Response, start: int) -> bool:
        """Whether the body goes on from `start` (True) or begins at zero (False)."""
        status = response.status_code
        answer = f"the server answered {status} {response.reason_phrase}".rstrip()
        if status == httpx.codes.OK:
            return False
        if status == httpx.codes.PARTIAL_CONTENT and response.headers.get("Content-Range", "").startswith(
            f"bytes {start}-"
        ):
            return True
        if status in (httpx.codes.PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE):
            self._discard()
            raise _TryAgainError(f"{answer} with another part than was asked for")
        if status == TOO_MANY_REQUESTS or response.is_server_error:
            raise _TryAgainError(answer)
        raise self._failure(answer, ADDRESS)

    async def _receive(self, response: httpx.Response, start: int) -> None:
        """Append the body to the first `start` bytes of the partial file."""
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else None
        if not start:
            self._remember(response.headers.get("ETag", ""))
        done = start
        self.partial.parent.mkdir(parents=True, exist_ok=True)
        with self.partial.open("ab" if start else "wb") as stream:
            async for chunk in response.aiter_raw():
                done += len(chunk)
                if max(done, total or 0) > self.limits.max_bytes:
                    self._discard()
                    raise self._failure(f"it is larger than the {self.limits.max_bytes} bytes allowed", ADDRESS)
                stream.write(chunk)
                self._tell(done, total)
            _settle(stream)

    def _remember(self, etag: str) -> None:
        """Keep a strong ETag beside the partial file; a weak one does not promise the same bytes."""
        self._discard()
        if etag.startswith('"'):
            files.write(self.etag, etag)

    def _discard(self) -> None:
        self.partial.unlink(missing_ok=True)
        self.etag.unlink(missing_ok=True)

    def _tell(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        if self.progress and now - self.began > QUIET_S and now - self.told > TELL_EVERY_S:
            self.told = now
            self.progress(self.target.name, done, total)

    def _failure(self, cause: str, todo: str) -> ReproError:
        return ReproError(f"cannot fetch {self.target.name} from {self.url}: {cause}; {todo}")


def _settle(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _describe(error: httpx.TransportError, limits: Limits) -> str:
    match error:
        case httpx.ConnectTimeout():
            return f"no connection within {limits.connect_timeout_s:g} s"
        case httpx.TimeoutException():
            return f"the server was silent for {limits.read_timeout_s:g} s"
        case httpx.ConnectError():
            return f"no connection ({str(error) or type(error).__name__})"
        case _:
            return f"the connection broke ({str(error) or type(error).__name__})"

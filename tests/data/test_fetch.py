"""Downloads from a server that misbehaves: what arrives is whole and right, or one sentence says why not."""

import hashlib
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from bad_server import Answer, Script, Site, serving

from reprolib.data import fetch
from reprolib.errors import ReproError

BODY = bytes(range(256)) * 400
SHA = hashlib.sha256(BODY).hexdigest()
LIMITS = fetch.Limits(connect_timeout_s=0.5, read_timeout_s=0.3, deadline_s=5, attempts=3, first_wait_s=0.01)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def download(script: Script, folder: Path, limits: fetch.Limits = LIMITS) -> Site:
    """Fetch BODY as folder/results.csv from a server that follows `script`."""
    with serving(script) as site:
        fetch.file(f"{site.address}/results.csv", folder / "results.csv", SHA, limits)
    return site


def refused(script: Script, folder: Path, limits: fetch.Limits = LIMITS) -> str:
    """The sentence in which the download failed, once it is seen to name the file and to leave no target."""
    with pytest.raises(ReproError) as caught:
        download(script, folder, limits)
    message = str(caught.value)
    assert message.startswith("cannot fetch results.csv from http://127.0.0.1:")
    assert "; " in message, "it says what to do"
    assert "\n" not in message
    assert not (folder / "results.csv").exists()
    return message


def whole(answer: Answer, _: int) -> None:
    answer.reply(200, BODY, ETag='"v1"')


def by_range(answer: Answer) -> None:
    """What a good server does."""
    start = int(answer.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
    if start and answer.headers.get("If-Range") == '"v1"':
        where = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
        answer.reply(206, BODY[start:], Content_Range=where, ETag='"v1"')
    else:
        answer.reply(200, BODY, ETag='"v1"')


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_arrives_whole_and_alone(tmp_path: Path) -> None:
    site = download(whole, tmp_path / "new" / "folder")
    assert (tmp_path / "new" / "folder" / "results.csv").read_bytes() == BODY
    assert names(tmp_path / "new" / "folder") == ["results.csv"]
    assert site.requests[0][1]["Accept-Encoding"] == "identity"


def test_a_file_that_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_bytes(BODY)
    assert not fetch.file("http://127.0.0.1:9/results.csv", tmp_path / "results.csv", SHA, LIMITS)


def test_a_file_with_other_bytes_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_bytes(b"old")
    download(whole, tmp_path)
    assert (tmp_path / "results.csv").read_bytes() == BODY


def test_404_is_told_at_once(tmp_path: Path) -> None:
    seen: list[int] = []

    def script(answer: Answer, number: int) -> None:
        seen.append(number)
        answer.reply(404)

    assert "the server answered 404 Not Found; check download.repository" in refused(script, tmp_path)
    assert seen == [1]
    assert names(tmp_path) == []


@pytest.mark.parametrize("status", [503, 500, 429])
def test_a_passing_refusal_is_tried_again(tmp_path: Path, status: int) -> None:
    site = download(lambda answer, number: answer.reply(status) if number < 3 else whole(answer, number), tmp_path)
    assert (tmp_path / "results.csv").read_bytes() == BODY
    assert len(site.requests) == 3


def test_a_lasting_refusal_is_told_with_the_attempts(tmp_path: Path) -> None:
    message = refused(lambda answer, _: answer.reply(503), tmp_path)
    assert "the server answered 503 Service Unavailable (attempt 3 of 3); check the connection" in message


def test_wrong_bytes_are_discarded_and_both_hashes_told(tmp_path: Path) -> None:
    wrong = BODY[::-1]
    message = refused(lambda answer, _: answer.reply(200, wrong, ETag='"v1"'), tmp_path)
    assert f"sha256 {SHA} was expected, but the server sent {hashlib.sha256(wrong).hexdigest()}" in message
    assert names(tmp_path) == []


def test_wrong_bytes_do_not_replace_a_file_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_bytes(b"old")
    with pytest.raises(ReproError, match="was expected, but the server sent"):
        download(lambda answer, _: answer.reply(200, BODY[::-1]), tmp_path)
    assert (tmp_path / "results.csv").read_bytes() == b"old"


def cut_once(answer: Answer, number: int) -> None:
    if number == 1:
        answer.reply(200, BODY[:30_000], length=len(BODY), ETag='"v1"')
    else:
        by_range(answer)


def test_a_truncated_body_is_resumed_by_range(tmp_path: Path) -> None:
    site = download(cut_once, tmp_path)
    assert (tmp_path / "results.csv").read_bytes() == BODY
    assert site.requests[1][1]["Range"] == "bytes=30000-"
    assert site.requests[1][1]["If-Range"] == '"v1"'
    assert names(tmp_path) == ["results.csv"]


def test_a_broken_transfer_is_resumed_by_the_next_run(tmp_path: Path) -> None:
    message = refused(cut_once, tmp_path, replace(LIMITS, attempts=1))
    assert "the connection broke" in message
    assert "then run the command again" in message
    site = download(lambda answer, _: by_range(answer), tmp_path)
    assert (tmp_path / "results.csv").read_bytes() == BODY
    assert site.requests[0][1]["Range"] == "bytes=30000-"
    assert names(tmp_path) == ["results.csv"]


def test_a_server_that_ignores_the_range_starts_the_file_again(tmp_path: Path) -> None:
    site = download(
        lambda answer, number: cut_once(answer, 1) if number == 1 else answer.reply(200, BODY, ETag='"v1"'), tmp_path
    )
    assert "Range" in site.requests[1][1]
    assert (tmp_path / "results.csv").read_bytes() == BODY


def test_a_file_that_changed_meanwhile_starts_again(tmp_path: Path) -> None:
    def script(answer: Answer, number: int) -> None:
        if number == 1:
            answer.reply(200, b"old" * 10_000, length=len(BODY), ETag='"v0"')
        else:
            by_range(answer)

    download(script, tmp_path)
    assert (tmp_path / "results.csv").read_bytes() == BODY


def test_without_a_strong_etag_nothing_is_resumed(tmp_path: Path) -> None:
    def script(answer: Answer, number: int) -> None:
        if number == 1:
            answer.reply(200, BODY[:30_000], length=len(BODY), ETag='W/"v1"')
        else:
            whole(answer, number)

    site = download(script, tmp_path)
    assert "Range" not in site.requests[1][1]


@pytest.mark.parametrize("where", ["bytes 10-102399/102400", "", "nonsense"])
def test_another_part_than_asked_for_starts_the_file_again(tmp_path: Path, where: str) -> None:
    def script(answer: Answer, number: int) -> None:
        if number == 2:
            answer.reply(206, BODY[10:], Content_Range=where)
        else:
            cut_once(answer, number)

    site = download(script, tmp_path)
    assert "Range" not in site.requests[2][1]
    assert (tmp_path / "results.csv").read_bytes() == BODY


def test_a_part_that_lies_beyond_the_end_starts_the_file_again(tmp_path: Path) -> None:
    (tmp_path / ".results.csv.part").write_bytes(BODY + b"more")
    (tmp_path / ".results.csv.part.etag").write_text('"v1"')
    site = download(lambda answer, number: answer.reply(416) if number == 1 else whole(answer, number), tmp_path)
    assert "Range" not in site.requests[1][1]
    assert (tmp_path / "results.csv").read_bytes() == BODY


def test_pieces_that_do_not_fit_together_are_fetched_again_from_the_start(tmp_path: Path) -> None:
    (tmp_path / ".results.csv.part").write_bytes(b"?" * 1000)
    (tmp_path / ".results.csv.part.etag").write_text('"v1"')
    site = download(lambda answer, _: by_range(answer), tmp_path)
    assert [("Range" in headers) for _, headers in site.requests] == [True, False]
    assert (tmp_path / "results.csv").read_bytes() == BODY


def test_silence_is_given_up_after_the_read_timeout(tmp_path: Path) -> None:
    began = time.monotonic()
    message = refused(
        lambda answer, _: answer.server.site.over.wait(10) and None, tmp_path, replace(LIMITS, attempts=2)
    )
    assert "the server was silent for 0.3 s (attempt 2 of 2)" in message
    assert time.monotonic() - began < 2


def test_a_drip_of_the_body_ends_at_the_deadline(tmp_path: Path) -> None:
    def script(answer: Answer, _: int) -> None:
        answer.reply(200, length=len(BODY))
        for byte in BODY:
            answer.wfile.write(bytes([byte]))
            answer.wfile.flush()
            answer.server.site.over.wait(0.05)

    began = time.monotonic()
    message = refused(script, tmp_path, replace(LIMITS, deadline_s=0.6))
    assert "it was not complete after 0.6 s; run the command again or raise download.deadline_s" in message
    assert time.monotonic() - began < 1.5


def test_a_drip_of_the_headers_ends_at_the_deadline(tmp_path: Path) -> None:
    def script(answer: Answer, _: int) -> None:
        answer.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not answer.server.site.over.wait(0.05):
            answer.wfile.write(b"z")
            answer.wfile.flush()

    began = time.monotonic()
    assert "it was not complete after 0.6 s" in refused(script, tmp_path, replace(LIMITS, deadline_s=0.6))
    assert time.monotonic() - began < 1.5


def test_the_deadline_holds_over_all_attempts(tmp_path: Path) -> None:
    limits = replace(LIMITS, deadline_s=0.5, attempts=20, first_wait_s=0.1)
    assert "it was not complete after 0.5 s" in refused(lambda answer, _: answer.reply(503), tmp_path, limits)


def test_a_port_without_a_server_is_told(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/results.csv"
        with pytest.raises(
            ReproError, match=r"cannot fetch results\.csv .*: no connection .*\(attempt 3 of 3\); check the"
        ):
            fetch.file(url, tmp_path / "results.csv", SHA, LIMITS)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/results.csv", "gopher://127.0.0.1/1"])
def test_a_redirect_to_another_scheme_is_refused(tmp_path: Path, target: str) -> None:
    message = refused(lambda answer, _: answer.reply(302, Location=target), tmp_path)
    assert f"its address leads to {target.split('/')[0]}" in message
    assert "but only http and https are allowed; check download.repository" in message
    assert names(tmp_path) == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/results.csv", "results.csv"])
def test_another_scheme_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ReproError, match="only http and https are allowed"):
        fetch.file(url, tmp_path / "results.csv", SHA, LIMITS)


def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReproError, match=r"cannot fetch results\.csv from .*: it is no address \("):
        fetch.file("http://127.0.0.1:port/results.csv", tmp_path / "results.csv", SHA, LIMITS)


def test_a_redirect_within_the_web_is_followed(tmp_path: Path) -> None:
    def script(answer: Answer, number: int) -> None:
        if answer.path == "/elsewhere":
            whole(answer, number)
        else:
            answer.reply(301, Location="/elsewhere")

    site = download(script, tmp_path)
    assert [path for path, _ in site.requests] == ["/results.csv", "/elsewhere"]
    assert (tmp_path / "results.csv").read_bytes() == BODY


def test_a_circle_of_redirects_is_told(tmp_path: Path) -> None:
    message = refused(lambda answer, _: answer.reply(302, Location="/results.csv"), tmp_path)
    assert "it was redirected more than 5 times" in message


@pytest.mark.parametrize("stated", [True, False])
def test_a_file_above_the_size_limit_is_cut_off(tmp_path: Path, stated: bool) -> None:
    def script(answer: Answer, _: int) -> None:
        if stated:
            answer.reply(200, BODY, ETag='"v1"')
        else:
            answer.send_response(200)
            answer.end_headers()
            answer.wfile.write(BODY)

    assert "it is larger than the 50000 bytes allowed" in refused(script, tmp_path, replace(LIMITS, max_bytes=50_000))
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(
        ReproError, match=r"folder/results\.csv cannot be written \(Not a directory\); check the folder"
    ):
        download(whole, tmp_path / "folder")


def in_a_process(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A fetch in a process of its own, which can be killed or starved; `code` runs after the imports."""
    start = "import resource, sys; from pathlib import Path; from reprolib.data import fetch\n"
    command = [sys.executable, "-c", start + code, *arguments]
    return subprocess.Popen(command, text=True, stderr=subprocess.PIPE)


FETCH = "fetch.file(sys.argv[1], Path(sys.argv[2]), sys.argv[3], fetch.Limits(2, 2, 20, 1))"


def test_a_killed_download_goes_on_where_it_was(tmp_path: Path) -> None:
    def script(answer: Answer, number: int) -> None:
        if number == 1:
            answer.reply(200, BODY[:60_000], length=len(BODY), ETag='"v1"')
            answer.server.site.over.wait(10)
        else:
            by_range(answer)

    with serving(script) as site:
        url = f"{site.address}/results.csv"
        with in_a_process(FETCH, url, str(tmp_path / "results.csv"), SHA) as process:
            partial = tmp_path / ".results.csv.part"
            until = time.monotonic() + 10
            while not (partial.is_file() and partial.stat().st_size) and time.monotonic() < until:
                time.sleep(0.01)
            process.kill()
        assert process.returncode == -signal.SIGKILL
        assert not (tmp_path / "results.csv").exists()
        fetch.file(url, tmp_path / "results.csv", SHA, LIMITS)
    assert site.requests[1][1]["Range"].startswith("bytes=")
    assert (tmp_path / "results.csv").read_bytes() == BODY
    assert names(tmp_path) == ["results.csv"]


def test_a_disk_that_takes_no_more_is_told_and_left_clean(tmp_path: Path) -> None:
    starved = f"resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n{FETCH}"
    with (
        serving(whole) as site,
        in_a_process(starved, f"{site.address}/results.csv", str(tmp_path / "results.csv"), SHA) as process,
    ):
        said = process.communicate()[1]
    assert "results.csv cannot be written (File too large); check the folder and the space in it" in said
    assert names(tmp_path) == []


def test_progress_is_told_once_the_transfer_takes_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def script(answer: Answer, _: int) -> None:
        answer.reply(200, length=len(BODY))
        for start in range(0, len(BODY), 10_240):
            answer.wfile.write(BODY[start : start + 10_240])
            answer.wfile.flush()
            answer.server.site.over.wait(0.05)

    told: list[tuple[str, int, int | None]] = []
    monkeypatch.setattr(fetch, "QUIET_S", 0.2)
    monkeypatch.setattr(fetch, "TELL_EVERY_S", 0.1)
    with serving(script) as site:
        fetch.file(f"{site.address}/r", tmp_path / "r", SHA, LIMITS, lambda *seen: told.append(seen))
    assert 1 <= len(told) <= 5
    assert all(name == "r" and 0 < done <= len(BODY) == total for name, done, total in told)
    assert told == sorted(told)

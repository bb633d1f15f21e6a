"""A local HTTP server that behaves as badly as a test asks it to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answer(BaseHTTPRequestHandler):
    """One request; hands itself to the server's script, which answers it as it likes."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        self.close_connection = True
        site = self.server.site
        site.requests.append((self.path, dict(self.headers)))
        site.script(self, len(site.requests))

    def reply(self, status: int, body: bytes = b"", length: int | None = None, **headers: str) -> None:
        """A whole answer; `length` lies about the body's, and header names have `_` for `-`."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


class _Server(ThreadingHTTPServer):
    site: "Site"

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what many of these tests are about."""


Script = Callable[[Answer, int], None]


@dataclass
class Site:
    """A running server: its address, what it was asked, and the event that ends every wait of its scripts."""

    script: Script
    address: str = ""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(script: Script) -> Iterator[Site]:
    """A server on a free local port that answers with `script(request, number of the request)`."""
    site = Site(script)
    server = _Server(("127.0.0.1", 0), Answer)
    server.site = site
    site.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        site.over.set()
        server.shutdown()
        server.server_close()
        thread.join()

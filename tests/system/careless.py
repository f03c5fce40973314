"""A form as most are made: it lets the browser remember. The control for proof 14, so that its search is seen to find.

Cached, echoed as the answer to the post, with what was typed in an address, a title and a cookie.
"""

from __future__ import annotations

import gzip
import html
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlsplit

FIELDS = ("agency", "story", "fee", "contact")
PAGE = (
    "<!doctype html><html lang=en><title>{title}</title><h1>Tell us</h1>{said}"
    "<form method={method}>{fields}<button>Send</button></form>"
)


class Careless(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        said = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self._show(said, method="post" if self.path.startswith("/post") else "get")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._show({name: values[0] for name, values in parse_qs(body).items()}, method="post")

    def _show(self, said: dict[str, str], *, method: str) -> None:
        fields = "".join(f'<input name="{name}" value="{html.escape(said.get(name, ""))}">' for name in FIELDS)
        title = html.escape(said.get("agency", "Tell us"))
        text = html.escape(" ".join(said.values()))
        page = gzip.compress(PAGE.format(title=title, said=text, method=method, fields=fields).encode())
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "max-age=86400")
        if "contact" in said:
            self.send_header("Set-Cookie", f"contact={quote(said['contact'])}; Max-Age=86400")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


@contextmanager
def careless() -> Iterator[str]:
    """Its origin while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Careless)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

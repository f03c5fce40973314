"""A mail server that takes everything and keeps it as it came."""

from __future__ import annotations

import socketserver
import threading
from pathlib import Path


class MailSink:
    """`with MailSink(file) as sink:` listens on `sink.port`."""

    def __init__(self, file: Path) -> None:
        lock = threading.Lock()

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say(b"220 sink")
                body = False
                for line in self.rfile:
                    with lock, file.open("ab") as kept:
                        kept.write(line)
                    if body:
                        body = line != b".\r\n"
                        if not body:
                            self._say(b"250 taken")
                        continue
                    verb = line[:4].upper()
                    body = verb == b"DATA"
                    self._say(b"354 go on" if body else b"221 bye" if verb == b"QUIT" else b"250 sink")
                    if verb == b"QUIT":
                        return

            def _say(self, words: bytes) -> None:
                self.wfile.write(words + b"\r\n")

        file.touch()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def __enter__(self) -> MailSink:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

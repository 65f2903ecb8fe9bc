"""Serve the built site on this machine: ``python -m book.tools.serve [--offline] [--port N]``.

Files are sent compressed, with their types, and are asked for again each time, so that a reload
shows the last build. The address of the service worker has no content unless ``--offline`` is
given: a worker would keep old pages while one writes. The site also answers under the path that
it has once published, where the links of its 404 page lead.
"""

import argparse
import gzip
import hashlib
import mimetypes
import socket
import sys
import threading
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from book.ext.light import site_address
from book.tools.notebooks import ROOT

HTML = ROOT / "_build" / "html"
WORKER = "service-worker.js"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".ipynb": "application/x-ipynb+json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
SMALL = 500  # bytes below which compressing costs more than it saves


def type_of(path):
    guessed = mimetypes.guess_type(path.name)[0]
    return TYPES.get(path.suffix, guessed or "application/octet-stream")


def is_text(kind):
    return kind.startswith("text/") or kind.split("+")[-1] in ("json", "xml") or "/json" in kind


class Site:
    """The files of a folder, each read and compressed once as long as it stays the same."""

    def __init__(self, folder=HTML, offline=False, path="/"):
        self.folder, self.offline, self.path = Path(folder).resolve(), offline, path
        self.held = {}

    def file(self, target):
        """The file for an address, or None. A folder stands for its index.html."""
        name = unquote(urlsplit(target).path)
        if self.path != "/" and name.startswith(self.path):
            name = "/" + name.removeprefix(self.path)
        path = (self.folder / name.lstrip("/")).resolve()
        if path.is_dir() and name.endswith("/"):
            path = path / "index.html"
        inside = path.is_relative_to(self.folder)
        return path if inside and path.is_file() else None

    def is_withheld(self, path):
        return path == self.folder / WORKER and not self.offline

    def content(self, path):
        """(type, bytes, compressed bytes or None, ETag) of a file as it is now."""
        state = path.stat()
        key = (state.st_mtime_ns, state.st_size)
        if self.held.get(path, (None,))[0] != key:
            data, kind = path.read_bytes(), type_of(path)
            packed = gzip.compress(data, 6, mtime=0) if is_text(kind) else None
            if packed and (len(data) < SMALL or len(packed) >= len(data)):
                packed = None
            tag = hashlib.sha256(data).hexdigest()[:16]
            self.held[path] = (key, (kind, data, packed, tag))
        return self.held[path][1]


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD for a Site."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments, site):
        self.site = site
        super().__init__(*arguments)

    def log_message(self, *words):
        pass

    def do_GET(self):
        path = self.site.file(self.path)
        if path is None:
            self.send_file(self.site.file("/404.html"), 404)
        elif self.site.is_withheld(path):
            # Not 404, which browsers would report to the reader as an error of the page.
            self.send_answer(204, {}, b"")
        else:
            self.send_file(path, 200)

    do_HEAD = do_GET

    def send_file(self, path, status):
        if path is None:
            self.send_answer(404, {"Content-Type": TYPES[".txt"]}, b"There is no such page.\n")
            return
        kind, data, packed, tag = self.site.content(path)
        if packed and "gzip" not in self.headers.get("Accept-Encoding", ""):
            packed = None
        etag = f'"{tag}-gzip"' if packed else f'"{tag}"'
        headers = {"Content-Type": kind, "ETag": etag, "Vary": "Accept-Encoding"}
        if packed:
            headers["Content-Encoding"] = "gzip"
        if status == 200 and etag in self.headers.get("If-None-Match", ""):
            self.send_answer(304, headers, None)
        else:
            self.send_answer(status, headers, packed or data)

    def send_answer(self, status, headers, body):
        self.send_response(status)
        for name, value in {**headers, "Cache-Control": "no-cache"}.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body and self.command == "GET":
            self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """When it closes, it also ends the connections that browsers keep open."""

    daemon_threads = True

    def __init__(self, *arguments):
        self.open = set()
        super().__init__(*arguments)

    def get_request(self):
        connection, address = super().get_request()
        self.open.add(connection)
        return connection, address

    def shutdown_request(self, request):
        self.open.discard(request)
        super().shutdown_request(request)

    def server_close(self):
        super().server_close()
        for connection in list(self.open):
            with suppress(OSError):  # the browser was faster
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request, client_address):
        """A browser that leaves in the middle of an answer is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def published_path():
    """The path of the site where it is published, "/" while no repository is named."""
    return urlsplit(site_address(ROOT)).path or "/"


def listen(folder, port, offline):
    site = Site(folder, offline, published_path())
    return Server(("127.0.0.1", port), partial(Handler, site=site))


@contextmanager
def serve(folder=HTML, port=0, offline=False):
    """Serve a folder in the background; gives its address, with any free port when ``port`` is 0.

    >>> with serve() as url:
    ...     page.goto(url + "chapters/05-lstm.html")
    """
    server = listen(folder, port, offline)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Serve the built site on this machine.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--offline", action="store_true", help="offer the service worker too")
    asked = parser.parse_args(arguments)
    if not (HTML / "index.html").exists():
        raise SystemExit(f"{HTML.relative_to(ROOT)} holds no site; build it first: make book")
    try:
        server = listen(HTML, asked.port, asked.offline)
    except OSError as error:
        raise SystemExit(
            f"port {asked.port} cannot be used ({error.strerror}); name another with --port"
        ) from None
    print(f"The book is at http://localhost:{asked.port}/ until you press Ctrl-C", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()


if __name__ == "__main__":
    main()

"""A stand-in for the store of a ruler, for what is hard to have from a real one: it keeps groups as Mimir does, and misbehaves when it is told to."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import yaml

ROOT = "/config/v1/rules"
Fault = Callable[["Request"], bool]  # whether the request is over


@dataclass
class Store:
    """The groups of a tenant by namespace and name, and all requests that came; `fault` may answer in place of it."""

    groups: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    most_groups: int = 70
    most_rules: int = 20
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # method, namespace, group
    headers: list[dict[str, str]] = field(default_factory=list)
    fault: Fault = lambda _: False
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def names(self) -> list[str]:
        return sorted("/".join(name) for name in self.groups)

    @property
    def writes(self) -> list[tuple[str, str]]:
        """What was written and deleted, in order."""
        return [(method, group) for method, _, group in self.asked if method != "GET"]

    def put(self, namespace: str, text: str) -> tuple[int, str]:
        group = yaml.safe_load(text)
        if len(group["rules"]) > self.most_rules:
            return 400, f"per-user rules per rule group limit (limit: {self.most_rules} actual: {len(group['rules'])}) exceeded"
        if len(self.groups) + 1 > self.most_groups:  # as Mimir counts, also in place of another
            return 400, f"per-user rule groups limit (limit: {self.most_groups} actual: {len(self.groups) + 1}) exceeded"
        self.groups[namespace, group["name"]] = group
        return 202, ""

    def remove(self, namespace: str, name: str) -> tuple[int, str]:
        return (202, "") if self.groups.pop((namespace, name), None) else (404, "group does not exist")

    def heard(self, method: str, namespace: str, group: str, headers: dict[str, str]) -> int:
        with self.lock:
            self.asked.append((method, namespace, group))
            self.headers.append(headers)
            return sum(one[0] == method for one in self.asked)

    def act(self, method: str, namespace: str, group: str, text: str) -> tuple[int, str]:
        with self.lock:
            return self.put(namespace, text) if method == "POST" else self.remove(namespace, group) if method == "DELETE" else (200, self.told())

    def told(self) -> str:
        found: dict[str, list[dict[str, Any]]] = {}
        for (namespace, _), group in sorted(self.groups.items()):
            found.setdefault(namespace, []).append(group)
        return yaml.safe_dump(found, allow_unicode=True)


@dataclass
class Request:
    """One request, and what a fault may do with it."""

    method: str
    namespace: str
    group: str
    number: int  # among those of its method, from 1
    handler: BaseHTTPRequestHandler
    act: Callable[[], tuple[int, str]]

    def answer(self, status: int, text: str, **headers: str) -> bool:
        body = text.encode(errors="surrogateescape")
        self.handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
            self.handler.send_header(name, value)
        self.handler.end_headers()
        self.handler.wfile.write(body)
        return True

    def cut(self) -> bool:
        """End the connection without a word."""
        self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.handler.close_connection = True
        self.handler.connection.close()
        return True

    def half(self) -> bool:
        """Half an answer."""
        text = self.act()[1].encode()
        self.handler.send_response(200)
        self.handler.send_header("Content-Length", str(len(text)))
        self.handler.end_headers()
        self.handler.wfile.write(text[: len(text) // 2])
        return True

    def flood(self) -> bool:
        self.handler.send_response(200)
        self.handler.end_headers()
        for _ in range(1000):
            self.handler.wfile.write(b"# " + b"x" * 1_000_000 + b"\n")
        return True

    def hang(self, seconds: float = 2) -> bool:
        time.sleep(seconds)
        return True


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, store: Store, *rest: Any) -> None:
        self.store = store
        super().__init__(*rest)

    def do_GET(self) -> None:  # the library's names
        self._do()

    def do_POST(self) -> None:
        self._do()

    def do_DELETE(self) -> None:
        self._do()

    def _do(self) -> None:
        namespace, _, group = (unquote(part) for part in self.path.partition(ROOT)[2].lstrip("/").partition("/"))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        group = yaml.safe_load(body)["name"] if self.command == "POST" else group
        number = self.store.heard(self.command, namespace, group, dict(self.headers))
        request = Request(self.command, namespace, group, number, self, lambda: self.store.act(self.command, namespace, group, body))
        try:
            if ROOT not in self.path:
                request.answer(404, "404 page not found")
            elif not self.store.fault(request):
                request.answer(*request.act())
        except OSError:
            self.close_connection = True  # the other side has heard enough

    def log_message(self, *_: object) -> None: ...


@contextmanager
def serving(store: Store) -> Iterator[Store]:
    """A store that answers at its `url`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, store))
    server.daemon_threads = True
    store.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

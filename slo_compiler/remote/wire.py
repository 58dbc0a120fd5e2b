"""One request to a server and its answer: in time, of bounded size, without redirections; what goes wrong is told in one sentence."""

from __future__ import annotations

import base64
import http.client
import ssl
import threading
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from slo_compiler import __version__

MOST_BYTES = 256_000_000
_PIECE = 1_000_000
_QUOTED = 200  # characters of a server's own words
_SECRET = 4  # characters from which on a password is one
#: What some of HTTP's answers mean, and the next step.
REFUSALS = {
    401: ("wants to know who asks", "put a bearer token into a file and name it with --token-file, or set SLO_PROMETHEUS_TOKEN"),
    403: ("does not let this token ask", "use a token that may read metrics and rules"),
    404: ("has no such page", "check the path prefix: Mimir's, for example, is /prometheus"),
    407: ("is behind a proxy that wants to know who asks", "name the proxy with its credentials in HTTPS_PROXY"),
    429: ("has had too many questions", "wait a minute, then run this again"),
}
_ADDRESS = "expected http://HOST:PORT or https://HOST, with the path prefix if there is one"


class RemoteFailure(Exception):  # noqa: N818  # told by the commands in one sentence
    """A server could not be asked, or its answer cannot be used: what happened, and the next step.

    `status` is that of HTTP, if any came; `again` is after how many seconds the same request may do better, None where it would not.
    """

    def __init__(self, message: str, help: str, status: int | None = None, again: float | None = None) -> None:
        super().__init__(message)
        self.message, self.help, self.status, self.again = message, help, status, again


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach a server. `token` is sent as bearer token and never printed; `tenant` is for Mimir, Cortex and Loki-like front doors.

    `timeout` (seconds) is for a whole answer, however slowly it trickles in.
    """

    url: str
    token: str = field(default="", repr=False)
    tenant: str = ""
    ca_file: str = ""
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `again` are the seconds after which the server wants to be asked again, if it says so."""

    status: int
    text: bytes
    again: float = 0.0


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: a token must not travel to another host, and POST would become GET."""

    def redirect_request(self, *_: object) -> None:
        return None


class Wire:
    """A way to one server. Every method raises RemoteFailure."""

    most_bytes = MOST_BYTES

    def __init__(self, access: Access) -> None:
        self._timeout = access.timeout
        self._headers = {"User-Agent": f"slo-compiler/{__version__}", "Accept": "application/json, application/yaml"}
        self.url, credentials, password = _address(access.url)
        known = {access.token, credentials.removeprefix("Basic "), password}
        self._secrets = sorted((secret for secret in known if len(secret) >= _SECRET), key=len, reverse=True)  # a part must not spoil the whole
        if access.token or credentials:
            self._headers["Authorization"] = f"Bearer {_clean(access.token)}" if access.token else credentials
        self._is_named = "Authorization" in self._headers
        if access.tenant:
            self._headers["X-Scope-OrgID"] = _clean(access.tenant)
        self._opener = urllib.request.build_opener(_StayHere, urllib.request.HTTPSHandler(context=_tls(access.ca_file)))

    def send(self, path: str, body: bytes | None = None, *, method: str = "GET", kind: str = "", within: float | None = None) -> Answer:
        """The answer to one request; `path` stands below the address, `kind` is what the body is; `within` may shorten the time-out."""
        headers = {**self._headers, **({"Content-Type": kind} if kind else {})}
        request = urllib.request.Request(f"{self.url}{path}", data=body, headers=headers, method=method)  # noqa: S310  # the scheme was looked at
        return self._in_time(request, self._timeout if within is None else min(self._timeout, within))

    def _in_time(self, request: urllib.request.Request, timeout: float) -> Answer:
        """The answer, or a failure after `timeout` seconds: a socket's own time-out begins anew with every byte."""
        answers: list[Answer | Exception] = []

        def ask() -> None:
            try:
                answers.append(self._body(request, timeout))
            except Exception as error:  # noqa: BLE001  # raised again below, in the caller's thread
                answers.append(error)

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(timeout)
        if not answers:
            raise self._silent(timeout)
        if isinstance(answers[0], Exception):
            raise self._told(answers[0], timeout) from answers[0]
        return answers[0]

    def _body(self, request: urllib.request.Request, timeout: float) -> Answer:
        try:
            with self._opener.open(request, timeout=timeout) as answer:
                return Answer(answer.status, self._read(answer))
        except urllib.error.HTTPError as refusal:
            with refusal:
                if refusal.code in {301, 302, 303, 307, 308}:
                    raise self._redirected(refusal) from refusal
                return Answer(refusal.code, self._read(refusal), _seconds(refusal.headers.get("Retry-After")))

    def _read(self, answer: Any) -> bytes:
        pieces: list[bytes] = []
        size = 0
        while piece := answer.read(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > self.most_bytes:
                raise self._failure(f"answers with more than {self.most_bytes // 1_000_000} MB", "ask for less: a shorter range, fewer SLOs at a time")
        if size < _announced(answer):
            raise http.client.IncompleteRead(b"")
        return b"".join(pieces)

    def _told(self, error: Exception, timeout: float) -> RemoteFailure:  # noqa: PLR0911  # a line a kind of fault
        """What went wrong below HTTP, in words."""
        if isinstance(error, RemoteFailure):
            return error
        reason = error.reason if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception) else error
        if isinstance(reason, ssl.SSLCertVerificationError):
            return self._failure(f"has a certificate that is not trusted: {reason.verify_message}", "name the authority that signed it with --ca-file")
        if isinstance(reason, ssl.SSLError):
            return self._failure("does not speak TLS as it should", "check whether the address begins with http:// or https://")
        if isinstance(reason, TimeoutError):
            return self._silent(timeout)
        if isinstance(reason, http.client.IncompleteRead):
            return self._failure("closed the connection in the middle of its answer", "run this again; a proxy in between may cut answers", again=0)
        if isinstance(reason, http.client.HTTPException):
            return self._failure("does not speak HTTP", "check the address and the port", again=0)
        said = getattr(reason, "strerror", None) or str(reason)
        return self._failure(f"cannot be reached: {self._quoted(said)}", "check the address, and that the server runs", again=0)

    def _helped(self, answer: Answer, usual: str) -> str:
        """The next step after a refusal, as far as what we sent, and what came back, tells which."""
        if answer.status == 401 and b"no org id" in answer.text:  # Mimir, where no front door adds it
            return "it wants to know which tenant: --tenant"
        if answer.status == 401 and self._is_named:
            return "it does not know this token: look whether it has expired, and whether it is for this server"
        return usual

    def _quoted(self, text: str) -> str:
        """A server's own words, without what must not be told: some repeat the token that they refuse."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return _first_line(text)

    def _silent(self, timeout: float) -> RemoteFailure:
        return self._failure(f"does not answer within {round(timeout, 1):g} s", "ask a server that is less busy, or give it more time with --timeout", again=0)

    def _redirected(self, refusal: urllib.error.HTTPError) -> RemoteFailure:
        target = str(refusal.headers.get("Location") or "elsewhere").split("?")[0]
        return self._failure(f"sends us to {self._quoted(target)}", "name the address that answers itself; a login page asks for a token", refusal.code)

    def _failure(self, message: str, help: str, status: int | None = None, *, again: float | None = None) -> RemoteFailure:
        return RemoteFailure(f"{self.url} {message}", help, status, again)


def _address(url: str) -> tuple[str, str, str]:
    """An address without the credentials in it, those as a header's value, and the password. Raises RemoteFailure, which never tells them."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, _ = parts.hostname, parts.port  # both may raise
    except ValueError as error:
        raise RemoteFailure("the address of the server cannot be read", _ADDRESS) from error
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
    if parts.scheme not in {"http", "https"} or not host:
        raise RemoteFailure(f"{shown!r} is not the address of a server", _ADDRESS)
    if any(character.isspace() or not character.isprintable() for character in shown):
        raise RemoteFailure(f"{shown!r} is not the address of a server", _ADDRESS)
    if parts.query or parts.fragment:
        raise RemoteFailure(f"{shown!r} is more than an address", _ADDRESS)
    if parts.username is None:
        return shown.rstrip("/"), "", ""
    password = urllib.parse.unquote(parts.password or "")
    pair = f"{urllib.parse.unquote(parts.username)}:{password}"
    return shown.rstrip("/"), f"Basic {base64.b64encode(pair.encode()).decode()}", password


def _clean(secret: str) -> str:
    """A value that may stand in a header."""
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise RemoteFailure("the token or tenant holds characters that cannot be sent", "check the file or variable: one word on one line")
    return secret


def _tls(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise RemoteFailure(f"{ca_file} holds no certificates that can be read", "name a file in PEM format with --ca-file") from error


def _first_line(text: str) -> str:
    """A server's own words, harmless on a terminal."""
    line = next(iter(text.strip().splitlines()), "")
    shown = "".join(character if character.isprintable() else "?" for character in line)
    return shown if len(shown) <= _QUOTED else f"{shown[:_QUOTED]} ..."


def _announced(answer: Any) -> int:
    """How many bytes a server said that it would send; 0 where it did not say."""
    length = str(answer.headers.get("Content-Length") or "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _seconds(text: str | None) -> float:
    """What `Retry-After` asks for; 0 where it is missing or a date."""
    return float(text) if text and text.isascii() and text.isdigit() else 0.0

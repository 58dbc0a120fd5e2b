"""Talks to a Prometheus, or to what answers like one; the only module that opens connections."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slo_compiler import __version__

MOST_BYTES = 256_000_000
_PIECE = 1_000_000
_QUOTED = 200  # characters of a server's own words
_ADDRESS = "expected http://HOST:PORT or https://HOST, with the path prefix if there is one"

Labels = Mapping[str, str]


class RemoteFailure(Exception):  # noqa: N818  # told by the commands in one sentence
    """A server could not be asked, or its answer cannot be used: what happened, and the next step. `status` is that of HTTP, if any came."""

    def __init__(self, message: str, help: str, status: int | None = None) -> None:
        super().__init__(message)
        self.message, self.help, self.status = message, help, status


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
class Sample:
    """One series at one moment."""

    labels: Labels
    value: float


@dataclass(frozen=True, slots=True)
class Curve:
    """One series over time: (epoch seconds, value), ascending."""

    labels: Labels
    points: list[tuple[float, float]]


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: a token must not travel to another host, and POST would become GET."""

    def redirect_request(self, *_: object) -> None:
        return None


class Server:
    """A server's HTTP API. Every method raises RemoteFailure."""

    def __init__(self, access: Access) -> None:
        self._timeout = access.timeout
        self._headers = {"User-Agent": f"slo-compiler/{__version__}", "Accept": "application/json"}
        self.url, credentials = _address(access.url)
        if access.token or credentials:
            self._headers["Authorization"] = f"Bearer {_clean(access.token)}" if access.token else credentials
        if access.tenant:
            self._headers["X-Scope-OrgID"] = _clean(access.tenant)
        self._opener = urllib.request.build_opener(_StayHere, urllib.request.HTTPSHandler(context=_tls(access.ca_file)))

    def instant(self, expr: str, at: float | None = None) -> list[Sample]:
        """An expression at one moment (epoch seconds; None: now)."""
        parameters = {"query": expr, **({"time": f"{at:.3f}"} if at is not None else {})}
        result = self._result(self._ask("query", parameters, post=True))
        try:
            return [Sample(row["metric"], float(row["value"][1])) for row in result]
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise self._strange() from error

    def now(self) -> float:
        """The server's own clock, in epoch seconds."""
        found = self.instant("time()")
        if len(found) != 1:
            raise self._strange()
        return found[0].value

    def range(self, expr: str, start: float, end: float, step: float) -> list[Curve]:
        """An expression at `start` and every `step` seconds up to `end`: at most 11,000 points."""
        parameters = {"query": expr, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:g}"}
        return self._curves(self._ask("query_range", parameters, post=True))

    def raw(self, selector: str, seconds: int, at: float) -> list[Curve]:
        """The samples of a selector in the `seconds` before a moment, as they were scraped."""
        return self._curves(self._ask("query", {"query": f"{selector}[{seconds}s]", "time": f"{at:.3f}"}, post=True))

    def label_values(self, label: str, selector: str, start: float, end: float) -> list[str]:
        """The values of a label on the series of a selector between two moments; an index lookup, no samples are read."""
        parameters = {"match[]": selector, "start": f"{start:.3f}", "end": f"{end:.3f}"}
        return self._texts(self._ask(f"label/{urllib.parse.quote(label, safe='')}/values", parameters))

    def label_names(self, selector: str, start: float, end: float) -> list[str]:
        """The labels that series of a selector have between two moments."""
        return self._texts(self._ask("labels", {"match[]": selector, "start": f"{start:.3f}", "end": f"{end:.3f}"}, post=True))

    def metric_type(self, metric: str) -> str:
        """What targets say of a metric: `counter`, `gauge`, `histogram` ...; empty where nothing is known."""
        data = self._ask("metadata", {"metric": metric, "limit": "1"})
        rows = data.get(metric) if isinstance(data, dict) else None
        found = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
        return str(found.get("type", ""))

    def rule_groups(self) -> list[dict[str, Any]]:
        """The loaded rule groups, as the API tells them."""
        return self._rows("rules", {}, "groups")

    def targets(self) -> list[dict[str, Any]]:
        """What is scraped, as the API tells it."""
        return self._rows("targets", {"state": "active"}, "activeTargets")

    def retention(self) -> str:
        """How long samples are kept, in the server's own words (`15d`, `40d or 10GiB`); empty where it does not tell."""
        data = self._ask("status/runtimeinfo", {})
        return str(data.get("storageRetention", "")) if isinstance(data, dict) else ""

    # --- one request -----------------------------------------------------------------------------------------------------------------

    def _ask(self, path: str, parameters: Mapping[str, str], *, post: bool = False) -> Any:
        """The `data` of an answer."""
        url, body = f"{self.url}/api/v1/{path}", urllib.parse.urlencode(parameters)
        request = urllib.request.Request(url, data=body.encode(), headers=self._headers)  # noqa: S310  # the scheme was looked at
        if not post:
            request = urllib.request.Request(f"{url}?{body}" if body else url, headers=self._headers)  # noqa: S310
        status, text = self._in_time(request)
        return self._data(status, text)

    def _in_time(self, request: urllib.request.Request) -> tuple[int, bytes]:
        """Status and body, or a failure after `timeout` seconds: a socket's own time-out begins anew with every byte."""
        answers: list[tuple[int, bytes] | Exception] = []

        def ask() -> None:
            try:
                answers.append(self._body(request))
            except Exception as error:  # noqa: BLE001  # raised again below, in the caller's thread
                answers.append(error)

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(self._timeout)
        if not answers:
            raise self._failure(f"does not answer within {self._timeout:g} s", "ask a server that is less busy, or give it more time with --timeout")
        if isinstance(answers[0], Exception):
            raise self._told(answers[0]) from answers[0]
        return answers[0]

    def _body(self, request: urllib.request.Request) -> tuple[int, bytes]:
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return answer.status, self._read(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                if refusal.code in {301, 302, 303, 307, 308}:
                    raise self._redirected(refusal) from refusal
                return refusal.code, self._read(refusal)

    def _read(self, answer: Any) -> bytes:
        pieces: list[bytes] = []
        size = 0
        while piece := answer.read(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > MOST_BYTES:
                raise self._failure(f"answers with more than {MOST_BYTES // 1_000_000} MB", "ask for less: a shorter range, fewer SLOs at a time")
        return b"".join(pieces)

    # --- what an answer means --------------------------------------------------------------------------------------------------------

    def _data(self, status: int, text: bytes) -> Any:
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            answer = None
        if status in _REFUSALS:
            message, help = _REFUSALS[status]
            raise self._failure(message, help, status)
        if isinstance(answer, dict) and answer.get("status") == "success" and status < 300:
            return answer.get("data")
        if isinstance(answer, dict) and answer.get("status") == "error" and status < 500:
            said = _first_line(str(answer.get("error", "")))
            raise self._failure(f"refuses the query: {said}", "its own limits may be in the way; ask for less, or another server", status)
        if status >= 500:
            said = _first_line(str(answer.get("error", ""))) if isinstance(answer, dict) else ""
            raise self._failure(f"fails with status {status}{f': {said}' if said else ''}", "look into its log, and run this again", status)
        if status >= 300:
            raise self._failure(f"answers with status {status}", "check the address, and who may ask", status)
        if text.lstrip()[:1] in {b"{", b"["} and answer is None:
            raise self._failure("sends an answer that is cut off or is no JSON", "run this again; a proxy in between may cut answers")
        raise self._strange()

    def _result(self, data: Any) -> list[Any]:
        result = data.get("result") if isinstance(data, dict) else None
        if isinstance(data, dict) and data.get("resultType") == "scalar" and isinstance(result, list):
            return [{"metric": {}, "value": result}]
        if not isinstance(result, list):
            raise self._strange()
        return result

    def _rows(self, path: str, parameters: Mapping[str, str], key: str) -> list[dict[str, Any]]:
        data = self._ask(path, parameters)
        rows = data.get(key) if isinstance(data, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._strange()
        return rows

    def _curves(self, data: Any) -> list[Curve]:
        try:
            return [Curve(row["metric"], [(float(at), float(value)) for at, value in row["values"]]) for row in self._result(data)]
        except (KeyError, TypeError, ValueError) as error:
            raise self._strange() from error

    def _texts(self, data: Any) -> list[str]:
        if data is None:  # VictoriaMetrics, where there is nothing
            return []
        if not isinstance(data, list):
            raise self._strange()
        return [str(text) for text in data]

    def _told(self, error: Exception) -> RemoteFailure:  # noqa: PLR0911  # a line a kind of fault
        """What went wrong below HTTP, in words."""
        if isinstance(error, RemoteFailure):
            return error
        reason = error.reason if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception) else error
        if isinstance(reason, ssl.SSLCertVerificationError):
            return self._failure(f"has a certificate that is not trusted: {reason.verify_message}", "name the authority that signed it with --ca-file")
        if isinstance(reason, ssl.SSLError):
            return self._failure("does not speak TLS as it should", "check whether the address begins with http:// or https://")
        if isinstance(reason, TimeoutError):
            return self._failure(f"does not answer within {self._timeout:g} s", "ask a server that is less busy, or give it more time with --timeout")
        if isinstance(reason, http.client.IncompleteRead):
            return self._failure("closed the connection in the middle of its answer", "run this again; a proxy in between may cut answers")
        if isinstance(reason, http.client.HTTPException):
            return self._failure("does not speak HTTP", "check the address and the port")
        said = getattr(reason, "strerror", None) or str(reason)
        return self._failure(f"cannot be reached: {_first_line(said)}", "check the address, and that the server runs")

    def _redirected(self, refusal: urllib.error.HTTPError) -> RemoteFailure:
        target = str(refusal.headers.get("Location") or "elsewhere").split("?")[0]
        return self._failure(f"sends us to {_first_line(target)}", "name the address that answers itself; a login page asks for a token", refusal.code)

    def _strange(self) -> RemoteFailure:
        return self._failure("answers, but not as Prometheus does", "check the address: its API must be at /api/v1, below the path prefix if there is one")

    def _failure(self, message: str, help: str, status: int | None = None) -> RemoteFailure:
        return RemoteFailure(f"{self.url} {message}", help, status)


_REFUSALS = {
    401: ("wants to know who asks", "put a bearer token into a file and name it with --token-file, or set SLO_PROMETHEUS_TOKEN"),
    403: ("does not let this token ask", "use a token that may read metrics and rules"),
    404: ("has no such page", "check the path prefix: Mimir's, for example, is /prometheus"),
    407: ("is behind a proxy that wants to know who asks", "name the proxy with its credentials in HTTPS_PROXY"),
    429: ("has had too many questions", "wait a minute, then run this again"),
}


def _address(url: str) -> tuple[str, str]:
    """An address without the credentials in it, and those as a header's value. Raises RemoteFailure, which never tells them."""
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
        return shown.rstrip("/"), ""
    pair = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
    return shown.rstrip("/"), f"Basic {base64.b64encode(pair.encode()).decode()}"


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

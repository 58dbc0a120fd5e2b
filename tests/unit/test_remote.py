"""Servers that misbehave: whatever they do ends in one sentence, in time, and no secret is ever told."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from slo_compiler.remote import Access, RemoteFailure, Server, wire
from tests.unit.given import file, run

Talk = Callable[[socket.socket], object]
SECRET = "open-sesame-4711"


def http(status: str, body: bytes, *, length: int | None = None, more: str = "") -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n{more}Connection: close\r\n\r\n".encode() + body


def found(result: object) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()


@contextmanager
def serving(talk: Talk, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that reads a request and then does whatever `talk` does with the connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    ended = threading.Event()

    def answer(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) if context else connection as talking:
                talking.settimeout(5)
                talking.recv(65536)
                talk(talking)
                if not context:
                    talking.shutdown(socket.SHUT_WR)
                while talking.recv(65536):  # what was not read would reset the connection, and the answer with it
                    pass
        except OSError:
            pass  # the other side has heard enough

    def listen() -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ended.set()
        thread.join()
        listener.close()


def saying(answer: bytes) -> Talk:
    return lambda connection: connection.sendall(answer)


def failure(url: str, **access: object) -> RemoteFailure:
    with pytest.raises(RemoteFailure) as caught:
        Server(Access(url, **{"timeout": 0.6, **access})).instant("up")  # type: ignore[arg-type]
    return caught.value


def hang(_: socket.socket) -> None:
    time.sleep(3)


def trickle(connection: socket.socket) -> None:
    """A byte now and then: no read of a socket ever times out."""
    for byte in http("200 OK", found([])):
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def trickle_a_head(connection: socket.socket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX-Very-Long: " + b"x" * 1000:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def flood(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(100):
        connection.sendall(b" " * 100_000)


WRONG: dict[str, tuple[Talk, str]] = {
    "hangs": (hang, "does not answer within 0.6 s"),
    "trickles": (trickle, "does not answer within 0.6 s"),
    "trickles-a-head": (trickle_a_head, "does not answer within 0.6 s"),
    "closes": (lambda _: None, "does not speak HTTP"),
    "is-no-http": (saying(b"SSH-2.0-OpenSSH_9.2\r\n"), "does not speak HTTP"),
    "half-json": (saying(http("200 OK", found([{"metric": {}, "value": [0, "1"]}])[:40])), "cut off or is no JSON"),
    "half-body": (saying(http("200 OK", found([])[:20], length=400)), "closed the connection in the middle of its answer"),
    "html": (saying(http("200 OK", b"<html>Sign in</html>")), "answers, but not as Prometheus does"),
    "empty": (saying(http("200 OK", b"")), "answers, but not as Prometheus does"),
    "other-json": (saying(http("200 OK", b'{"hello": "world"}')), "answers, but not as Prometheus does"),
    "a-list": (saying(http("200 OK", b"[1, 2]")), "answers, but not as Prometheus does"),
    "deep": (saying(http("200 OK", b"[" * 200_000)), "cut off or is no JSON"),
    "no-result": (saying(http("200 OK", b'{"status": "success", "data": null}')), "answers, but not as Prometheus does"),
    "odd-result": (saying(http("200 OK", found([{"metric": {}, "value": "x"}]))), "answers, but not as Prometheus does"),
    "odd-rows": (saying(http("200 OK", found([1, None]))), "answers, but not as Prometheus does"),
    "401": (saying(http("401 Unauthorized", b"no")), "wants to know who asks"),
    "403": (saying(http("403 Forbidden", b"{}")), "does not let this token ask"),
    "404": (saying(http("404 Not Found", b"404 page not found")), "has no such page"),
    "429": (saying(http("429 Too Many Requests", b"")), "has had too many questions"),
    "500": (saying(http("500 Internal Server Error", b"boom")), "fails with status 500"),
    "503": (saying(http("503 Service Unavailable", b'{"status":"error","error":"TSDB not ready"}')), "fails with status 503: TSDB not ready"),
    "422": (saying(http("422 Unprocessable", b'{"status":"error","error":"too many samples\\u001b[31m"}')), "refuses the query: too many samples?[31m"),
    "418": (saying(http("418 Teapot", b"short and stout")), "answers with status 418"),
    "302": (saying(http("302 Found", b"", more="Location: https://login.example/?next=x\r\n")), "sends us to https://login.example/"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_server_that_misbehaves_ends_in_one_sentence(name: str) -> None:
    talk, says = WRONG[name]
    with serving(talk) as url:
        began = time.monotonic()
        told = failure(url, token=SECRET)
        assert time.monotonic() - began < 2
    assert told.message.startswith(url)
    assert says in told.message
    assert "\n" not in told.message + told.help
    assert told.help
    assert SECRET not in f"{told.message}{told.help}"


def test_an_answer_without_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire.Wire, "most_bytes", 3_000_000)
    with serving(flood) as url:
        assert "answers with more than 3 MB" in failure(url, timeout=5.0).message


def test_a_server_without_a_clock_ends_in_one_sentence(slos: Path) -> None:
    with serving(saying(http("200 OK", found([])))) as url:
        told = run("verify", slos, "--prometheus", url)
    assert (told.code, told.out) == (2, "")
    assert "answers, but not as Prometheus does" in told.err


def test_what_stands_behind_a_question_mark_is_never_told() -> None:
    with pytest.raises(RemoteFailure) as caught:
        Server(Access(f"http://host/?token={SECRET}"))
    assert SECRET not in caught.value.message


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    assert failure(url).message == f"{url} cannot be reached: Connection refused"


def test_a_name_that_nobody_has() -> None:
    assert "http://no-such-host.invalid:9090 cannot be reached" in failure("http://no-such-host.invalid:9090", timeout=10.0).message


@pytest.mark.parametrize("url", ["localhost:9090", "ftp://host", "http://", "http://host:notaport", "http://[::1", "http://host/a b", "http://host/?x=1", ""])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(RemoteFailure) as caught:
        Server(Access(url))
    assert "expected http://HOST:PORT" in caught.value.help


def test_what_is_asked_and_who_asks() -> None:
    heard: list[bytes] = []

    def listen(connection: socket.socket) -> None:
        connection.sendall(http("200 OK", found([{"metric": {"a": "b"}, "value": [1.5, "7"]}])))

    listener = socket.create_server(("127.0.0.1", 0))

    def once() -> None:
        connection, _ = listener.accept()
        with connection:
            heard.append(connection.recv(65536))
            listen(connection)

    thread = threading.Thread(target=once)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/prometheus/"
    (sample,) = Server(Access(url, token=SECRET, tenant="team-a")).instant('up{job="x"}', at=12.5)
    thread.join()
    listener.close()
    head = heard[0].decode()
    assert (dict(sample.labels), sample.value) == ({"a": "b"}, 7.0)
    assert head.startswith("POST /prometheus/api/v1/query HTTP/1.1\r\n")
    assert f"Authorization: Bearer {SECRET}\r\n" in head
    assert "X-Scope-Orgid: team-a\r\n" in head
    assert "query=up%7Bjob%3D%22x%22%7D&time=12.500" in head or head.endswith("\r\n\r\n")  # the body may come in a packet of its own


def test_credentials_of_an_address_are_sent_and_never_told() -> None:
    with serving(saying(http("401 Unauthorized", b""))) as url:
        told = failure(url.replace("http://", f"http://me:{SECRET}@"))
    assert told.message == f"{url} wants to know who asks"
    assert SECRET not in repr(Access("http://x", token=SECRET))


@pytest.mark.parametrize("secret", ["two words", "line\nbreak", "ümlaut"])
def test_a_token_that_cannot_be_sent(secret: str) -> None:
    with pytest.raises(RemoteFailure) as caught:
        Server(Access("http://localhost:9090", token=secret))
    assert secret not in caught.value.message


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate that signed itself, for this machine."""
    folder = tmp_path_factory.mktemp("tls")
    key, pem = folder / "key.pem", folder / "cert.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*make, "-keyout", str(key), "-out", str(pem)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    return pem, context


def test_a_certificate_that_nobody_trusts(certificate: tuple[Path, ssl.SSLContext]) -> None:
    with serving(saying(http("200 OK", found([]))), certificate[1]) as url:
        told = failure(url, timeout=5.0)
    assert "has a certificate that is not trusted: self" in told.message
    assert "--ca-file" in told.help


def test_an_authority_that_the_user_trusts(certificate: tuple[Path, ssl.SSLContext]) -> None:
    with serving(saying(http("200 OK", found([]))), certificate[1]) as url:
        assert Server(Access(url, ca_file=str(certificate[0]), timeout=5)).instant("up") == []


def test_tls_and_plain_text_mixed_up() -> None:
    with serving(saying(http("400 Bad Request", b""))) as url:
        assert "does not speak TLS" in failure(url.replace("http:", "https:"), timeout=5.0).message


def test_a_file_that_holds_no_certificates(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(RemoteFailure, match="holds no certificates"):
        Server(Access("https://localhost", ca_file=str(tmp_path / "ca.pem")))


# --- as the command tells it ------------------------------------------------------------------------------------------------------


@pytest.fixture
def slos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SLO_PROMETHEUS_TOKEN", raising=False)
    (tmp_path / "slo.yaml").write_text(file())
    return tmp_path / "slo.yaml"


def test_a_server_that_cannot_be_asked_is_exit_code_2(slos: Path) -> None:
    with serving(saying(http("503 Service Unavailable", b""))) as url:
        told = run("verify", slos, "--prometheus", url)
    assert (told.code, told.out) == (2, "")
    assert told.err == f"slo: {url} fails with status 503\n  help: look into its log, and run this again\n"


def test_the_token_comes_from_a_file_or_the_environment(slos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    @contextmanager
    def eavesdropping() -> Iterator[str]:
        listener = socket.create_server(("127.0.0.1", 0))

        def once() -> None:
            connection, _ = listener.accept()
            with connection:
                heard.append(connection.recv(65536).decode())
                connection.sendall(http("401 Unauthorized", b""))

        thread = threading.Thread(target=once)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()
        listener.close()

    token = slos.parent / "token"
    token.write_text(f"{SECRET}\n")
    with eavesdropping() as url:
        told = run("verify", slos, "--prometheus", url, "--token-file", token)
        assert SECRET not in told.text
    monkeypatch.setenv("SLO_PROMETHEUS_TOKEN", "from-the-environment")
    with eavesdropping() as url:
        run("verify", slos, "--prometheus", url)
    assert f"Authorization: Bearer {SECRET}\r\n" in heard[0]
    assert "Authorization: Bearer from-the-environment\r\n" in heard[1]


@pytest.mark.parametrize(("content", "says"), [(None, "cannot be read: No such file"), ("", "does not hold one word"), ("two words", "does not hold one word")])
def test_a_token_file_that_is_of_no_use(slos: Path, content: str | None, says: str) -> None:
    token = slos.parent / "token"
    if content is not None:
        token.write_text(content)
    told = run("verify", slos, "--prometheus", "http://localhost:1", "--token-file", token)
    assert told.code == 2
    assert says in told.err

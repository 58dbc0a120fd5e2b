"""What was probably meant: slips of the pen, and nothing that merely looks alike."""

from __future__ import annotations

import pytest

from slo_compiler.verify.near import near


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("llm_request_total", "llm_requests_total"), ("llm_latncy_seconds_count", "llm_latency_seconds_count"), ("llm_qeue", "llm_queue"),
        ("requests_http_total", "http_requests_total"), ("http_requests", "http_requests_total"), ("httpRequests_total", "http_requests_total"),
        ("eror", "error"), ("Error", "error"), ("time-out", "timeout"), ("deadline_exceeded", "DeadlineExceeded"), ("modle", "model"), ("HTTP_500", "http_500"),
        ("unavialble", "unavailable"),
    ],
)  # fmt: skip
def test_a_slip_is_recognised(name: str, meant: str) -> None:
    assert near(name, ["zebra", meant]) == meant


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("pipe_asked_total", "pipe_done_total"), ("shop_write_errors_total", "shop_read_errors_total"), ("llm_requests_total", "llm_attempts_total"),
        ("incorrect", "correct"), ("not_ok", "ok"), ("HTTP_500", "HTTP_200"), ("eu", "us"), ("get", "set"), ("online", "offline"),
        ("accepted", "rejected"), ("minute", "ha"), ("chat", "chat-twin"), ("total", "count"), ("-", "/"), ("error", ""),
    ],
)  # fmt: skip
def test_another_name_is_no_slip(name: str, other: str) -> None:
    assert near(name, [other]) is None


def test_the_likeliest_is_proposed() -> None:
    assert near("eror", ["errors", "Eror", "error"]) == "Eror"
    assert near("requests", ["requestz", "requesta"]) == "requesta"


def test_a_name_is_no_slip_of_itself() -> None:
    assert near("error", ["error"]) is None

"""Services that a Prometheus scrapes: a healthy one, and some with a fault each that only a running server can show."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, generate_latest

from tests.servers import free_port

STEP = 5
LATE = 4  # seconds that the late service takes to answer a scrape
RARE = 11  # seconds between the scrapes of the slow one


#: What the library cannot make: a summary with quantiles.
SUMMARY = """# TYPE llm_think_seconds summary
llm_think_seconds{quantile="0.99"} 0.2
llm_think_seconds_sum 12
llm_think_seconds_count 90
"""


class Service:
    """One process; `takes` seconds to answer a scrape, a bucket of `llm_wait_seconds` ends at `edge`."""

    def __init__(self, *, takes: float = 0.0, edge: float = 0.6) -> None:
        self.port, self.takes = free_port(), takes
        self.registry = registry = CollectorRegistry()
        self.requests = Counter("llm_requests", "Answers.", ["model", "outcome"], registry=registry)
        self.latency = Histogram("llm_latency_seconds", "Time to answer.", ["model"], buckets=(0.1, 0.5, 1, 5), registry=registry)
        self.millis = Histogram("llm_latency_millis", "The same in milliseconds.", buckets=(1, 5, 100, 500, 1000, 5000), registry=registry)
        self.spend = Counter("llm_spend_dollars", "Money.", ["tenant"], registry=registry)
        self.retries = Counter("llm_attempts", "Attempts that failed.", registry=registry)
        self.sessions = Counter("llm_sessions", "Sessions.", ["login", "outcome"], registry=registry)
        self.traces = Counter("llm_traces", "A label that names single requests.", ["origin", "outcome"], registry=registry)
        self.size = Summary("llm_size_tokens", "Without buckets.", registry=registry)
        self.lookups = Counter("llm_lookups", "A label `replica` of the metric's own.", ["replica"], registry=registry)
        self.classes = Counter("llm_answers", "Status by class, and none that failed so far.", ["class"], registry=registry)
        self.verdicts = Counter("llm_verdicts", "Only good ones so far.", ["verdict"], registry=registry)
        self.reads = Counter("llm_read_errors", "Has a sibling that is not born.", registry=registry)
        self.waits = Histogram("llm_wait_seconds", "Buckets differ during a roll-out.", ["model"], buckets=(0.1, edge, 2), registry=registry)
        self.failures = Counter("llm_failures", "Models as the provider calls them.", ["model"], registry=registry)
        self.overloads = Counter("llm_overloads", "One of its models has had none, and no request.", ["model"], registry=registry)
        self.jobs = Counter("llm_jobs", "One of its states is spelled in two ways.", ["state"], registry=registry)
        self.queue = Gauge("llm_queue", "A gauge that goes up and down.", ["state"], registry=registry)

    def serve(self, tick: int) -> None:
        """A moment of traffic."""
        for model, slow in (("small", 0.05), ("large", 0.6)):
            self.requests.labels(model, "ok").inc(5 if model == "small" else 3)
            self.requests.labels(model, "error").inc(tick % 7 == 0)
            self.requests.labels(model, "timeout").inc(tick % 11 == 0)
            for _ in range(4):
                self.latency.labels(model).observe(slow)
                self.millis.observe(slow * 1000)
            self.waits.labels(model).observe(slow)
            self.overloads.labels(model).inc(tick % 9 == 0)
            self.failures.labels(f"azure/{model}" if model == "large" else "Small").inc(tick % 9 == 0)
        self.retries.inc(40)
        self.spend.labels("acme").inc(0.01)
        self.sessions.labels(f"user-{tick % 150}", "ok").inc()
        self.sessions.labels(f"user-{tick % 150}", "error").inc(0)
        self.traces.labels(f"{tick % 8:032x}", "ok").inc()
        self.traces.labels(f"{tick % 8:032x}", "error").inc(0)
        self.size.observe(90)
        self.lookups.labels("primary").inc(5)
        self.lookups.labels("standby").inc(2)
        self.classes.labels("2xx").inc(3)
        self.classes.labels("4xx").inc(tick % 5 == 0)
        self.verdicts.labels("correct").inc(2)
        self.verdicts.labels("skipped").inc()
        self.reads.inc(tick % 50 == 0)
        self.overloads.labels("medium").inc(0)
        for state in ("done", "failed", "Failed"):
            self.jobs.labels(state).inc()
        for state in ("all", "stuck"):
            self.queue.labels(state).set(round(100 * random.Random(f"{state} {tick}").random()))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """The service answers scrapes."""
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the library's name
                time.sleep(service.takes)
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(generate_latest(service.registry) + SUMMARY.encode())

            def log_message(self, *_: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class World:
    """All services under traffic."""

    def __init__(self) -> None:
        self.good = [Service(), Service(edge=0.5)]
        self.rare = Service()
        self.late = Service(takes=LATE)
        self.ended = threading.Event()

    @property
    def scrapes(self) -> str:
        """`scrape_configs` of a Prometheus that sees them; `twin` sees the good services once more, and `new` is not scraped as long as tests last."""
        first, second = (f"127.0.0.1:{service.port}" for service in self.good)
        jobs = [
            f'{{job_name: chat, static_configs: [{{targets: ["{first}", "{second}"]}}]}}',
            f'{{job_name: chat-twin, static_configs: [{{targets: ["{first}", "{second}"]}}]}}',
            f'{{job_name: rare, scrape_interval: {RARE}s, static_configs: [{{targets: ["127.0.0.1:{self.rare.port}"]}}]}}',
            f'{{job_name: new, scrape_interval: 1000d, static_configs: [{{targets: ["{first}"]}}]}}',
            f'{{job_name: late, scrape_timeout: {STEP}s, static_configs: [{{targets: ["127.0.0.1:{self.late.port}"]}}]}}',
        ]
        return f"[{', '.join(jobs)}]"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Traffic every tenth of a second."""
        thread = threading.Thread(target=self._run)
        with self.good[0].listening(), self.good[1].listening(), self.rare.listening(), self.late.listening():
            thread.start()
            try:
                yield
            finally:
                self.ended.set()
                thread.join()

    def _run(self) -> None:
        tick = 0
        while not self.ended.wait(0.1):
            tick += 1
            for number, service in enumerate((*self.good, self.rare, self.late)):
                if tick % (number + 1) == 0:
                    service.serve(tick)

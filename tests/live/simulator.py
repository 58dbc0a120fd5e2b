"""A chat service with several pods: real `prometheus_client` metrics over HTTP, traffic that a test scripts, and the truth about it."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Self

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server

TICK = 0.1


@dataclass
class Traffic:
    """What each pod gets in a tick: requests, the share of them that fails, and judged answers, of which one in `low_every` is bad."""

    requests: int = 0
    failing: float = 0.0
    judged: int = 0
    low: float = 0.05


class Pod:
    """One process: its counters die with it, its address stays."""

    def __init__(self, port: int, seed: int) -> None:
        self.port = port
        self.chance = random.Random(seed)
        self.is_taking = True
        self.start()

    def start(self) -> None:
        """Begin with counters at zero."""
        registry = CollectorRegistry()
        self.requests = Counter("llm_requests", "Answered requests.", ["outcome"], registry=registry)
        self.judge = Histogram("llm_judge_score", "Scores of a judge.", buckets=(1, 2, 3, 4, 5), registry=registry)
        self.requests.labels("ok")
        self.server, self.thread = start_http_server(self.port, "127.0.0.1", registry)

    def stop(self) -> None:
        """End the process: scrapes are refused from now on."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def serve(self, traffic: Traffic) -> tuple[int, int]:
        """One tick; the numbers of good and of failed requests."""
        bad = round(traffic.requests * traffic.failing)
        self.requests.labels("ok").inc(traffic.requests - bad)
        if bad:
            self.requests.labels("error").inc(bad)
        for _ in range(traffic.judged):
            self.judge.observe(2 if self.chance.random() < traffic.low else 5)
        return traffic.requests - bad, bad


@dataclass
class Simulator:
    """Pods under traffic, in a thread of their own."""

    ports: list[int]
    traffic: Traffic = field(default_factory=Traffic)
    good: int = 0
    bad: int = 0

    def __enter__(self) -> Self:
        self.pods = [Pod(port, seed) for seed, port in enumerate(self.ports)]
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()
        for pod in self.pods:
            pod.stop()

    def _run(self) -> None:
        due = time.monotonic()
        while not self.ended.is_set():
            for pod in self.pods:
                if pod.is_taking:
                    good, bad = pod.serve(self.traffic)
                    self.good += good
                    self.bad += bad
            due += TICK
            time.sleep(max(0.0, due - time.monotonic()))

    def restart(self, pod: Pod, *, quiet: float, gone: float) -> None:
        """Restart a pod as an orchestrator does: no more traffic, a last scrape (`quiet` seconds), then `gone` for a while."""
        pod.is_taking = False
        time.sleep(quiet)
        pod.stop()
        time.sleep(gone)
        pod.start()
        pod.is_taking = True

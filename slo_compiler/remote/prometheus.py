"""What a Prometheus, or what answers like one, is asked over its HTTP API."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slo_compiler.remote.wire import REFUSALS, Answer, RemoteFailure, Wire

Labels = Mapping[str, str]


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


class Server(Wire):
    """A server's HTTP API. Every method raises RemoteFailure."""

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

    def reload(self) -> None:
        """Make it read its configuration and rule files again; Thanos' ruler and vmalert know the same page."""
        answer = self.send("/-/reload", b"", method="POST")
        if answer.status < 300:
            return
        said = self._quoted(answer.text.decode(errors="replace"))
        if "lifecycle api" in said.lower():
            help = "start it with --web.enable-lifecycle, or let it reload in another way: kill -HUP, or the sidecar that watches its files"
            raise self._failure(f"does not reload: {said}", help, answer.status)
        if answer.status in REFUSALS:
            message, help = REFUSALS[answer.status]
            raise self._failure(message, self._helped(answer, help), answer.status)
        raise self._failure(f"does not reload: {said or f'status {answer.status}'}", "its log tells more; it goes on with the rules that it had", answer.status)

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
        url, words = f"/api/v1/{path}", urllib.parse.urlencode(parameters)
        if post:
            return self._data(self.send(url, words.encode(), method="POST"))
        return self._data(self.send(f"{url}?{words}" if words else url))

    # --- what an answer means --------------------------------------------------------------------------------------------------------

    def _data(self, told: Answer) -> Any:
        status, text = told.status, told.text
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            answer = None
        if status in REFUSALS:
            message, help = REFUSALS[status]
            raise self._failure(message, self._helped(told, help), status)
        if isinstance(answer, dict) and answer.get("status") == "success" and status < 300:
            return answer.get("data")
        if isinstance(answer, dict) and answer.get("status") == "error" and status < 500:
            said = self._quoted(str(answer.get("error", "")))
            raise self._failure(f"refuses the query: {said}", "its own limits may be in the way; ask for less, or another server", status)
        if status >= 500:
            said = self._quoted(str(answer.get("error", ""))) if isinstance(answer, dict) else ""
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

    def _strange(self) -> RemoteFailure:
        return self._failure("answers, but not as Prometheus does", "check the address: its API must be at /api/v1, below the path prefix if there is one")

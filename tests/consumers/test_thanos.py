"""A Thanos ruler beside a Prometheus that has the data: `slo verify` knows its rules, `slo push --reload` makes it read them again."""

from __future__ import annotations

from pathlib import Path

from tests import servers
from tests.consumers.test_readers import consumer
from tests.live.stack import is_up, wait_for
from tests.unit.given import file, promise, run, write


def test_verify_and_reload(tmp_path: Path) -> None:
    line, here, there, grpc = servers.lines()[-1], servers.free_port(), servers.free_port(), servers.free_port()
    url, ruler = f"http://127.0.0.1:{here}", f"http://127.0.0.1:{there}"
    total = 'prometheus_http_requests_total{handler="/metrics"}'
    sli = {"events": {"total": total, "bad": total.replace("}", ',code="200"}')}}
    write(tmp_path, a_yaml=file(promise(sli=sli)), slo_compiler_yaml="version: slo/v1\ntargets: [thanos]\nprometheus: {scrape_interval: 2s}\n")
    (tmp_path / "prometheus.yml").write_text(
        f"global: {{scrape_interval: 2s}}\nscrape_configs: [{{job_name: self, static_configs: [{{targets: ['127.0.0.1:{here}']}}]}}]\n"
    )
    data = [line.prometheus, f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data", f"--web.listen-address=127.0.0.1:{here}"]
    rules = [consumer("thanos"), "rule", f"--data-dir={tmp_path}/rules", f"--rule-file={tmp_path}/out/thanos/*.yml", f"--query=127.0.0.1:{here}"]
    places = ['--label=src="thanos"', "--eval-interval=10s", f"--http-address=127.0.0.1:{there}", f"--grpc-address=127.0.0.1:{grpc}"]

    def compiled() -> None:
        assert run("compile", tmp_path / "a.yaml", "-o", tmp_path / "out").code == 0

    def reloaded() -> int:
        return run("push", tmp_path / "a.yaml", "--reload", ruler).code

    compiled()
    with servers.running(data, tmp_path / "prometheus.log"), servers.running([*rules, *places], tmp_path / "thanos.log"):
        wait_for("Prometheus and Thanos are ready", 60, lambda: is_up(url) and is_up(ruler))
        wait_for("the rules run", 60, lambda: reloaded() == 0)
        found = run("verify", tmp_path / "a.yaml", "--prometheus", url, "--ruler", ruler, "--format", "json").findings
        about_rules = {"live/not-loaded", "live/loaded-twice", "live/rules-differ", "live/rules-late", "live/rule-fails", "live/query-offset"}
        assert [finding for finding in found if finding["id"] in about_rules] == []
        text = (tmp_path / "out" / "thanos" / "shop.rules.yml").read_text()
        (tmp_path / "out" / "thanos" / "shop.rules.yml").write_text(text.replace("keep_firing_for: 15m", "keep_firing_for: 16m"))
        assert reloaded() == 1
        compiled()
        assert reloaded() == 0

"""A whole Mimir on this machine, for as long as a test wants it."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import servers
from tests.live.stack import wait_for

RINGS = (
    "ingester: {ring: {instance_addr: 127.0.0.1, replication_factor: 1}}",
    "distributor: {ring: {instance_addr: 127.0.0.1}}",
    "compactor: {sharding_ring: {instance_addr: 127.0.0.1}, data_dir: FOLDER/compactor}",
    "store_gateway: {sharding_ring: {instance_addr: 127.0.0.1, replication_factor: 1}}",
    "ruler: {ring: {instance_addr: 127.0.0.1}, poll_interval: 2s, rule_path: FOLDER/rules}",
    "alertmanager: {sharding_ring: {instance_addr: 127.0.0.1, replication_factor: 1}, data_dir: FOLDER/alerts}",
    "query_scheduler: {ring: {instance_addr: 127.0.0.1}}",
    "frontend: {address: 127.0.0.1}",
)
CONFIG = """
target: all
multitenancy_enabled: true
usage_stats: {{enabled: false}}
server: {{http_listen_address: 127.0.0.1, http_listen_port: {http}, grpc_listen_address: 127.0.0.1, grpc_listen_port: {grpc}, log_level: warn}}
memberlist: {{bind_addr: [127.0.0.1], bind_port: {gossip}}}
common: {{storage: {{backend: filesystem, filesystem: {{dir: {folder}/common}}}}}}
blocks_storage: {{filesystem: {{dir: {folder}/blocks}}, tsdb: {{dir: {folder}/tsdb}}, bucket_store: {{sync_dir: {folder}/sync}}}}
ruler_storage: {{filesystem: {{dir: {folder}/store}}}}
alertmanager_storage: {{filesystem: {{dir: {folder}/alertmanager}}}}
activity_tracker: {{filepath: {folder}/activity.log}}
limits: {{ruler_evaluation_delay_duration: 0s, ruler_max_rule_groups_per_tenant: {groups}}}
{rings}
"""


@contextmanager
def running(program: str, folder: Path, groups: int = 70) -> Iterator[str]:
    """Mimir with this limit of groups a tenant; yields the address of its Prometheus API."""
    http, grpc, gossip = servers.free_port(), servers.free_port(), servers.free_port()
    rings = "\n".join(RINGS).replace("FOLDER", str(folder))
    (folder / "mimir.yaml").write_text(CONFIG.format(http=http, grpc=grpc, gossip=gossip, folder=folder, groups=groups, rings=rings))
    url = f"http://127.0.0.1:{http}"

    def is_ready() -> bool:
        try:
            with urllib.request.urlopen(f"{url}/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    with servers.running([program, f"-config.file={folder}/mimir.yaml"], folder / "mimir.log"):
        wait_for("Mimir is ready", 120, is_ready)
        yield f"{url}/prometheus"

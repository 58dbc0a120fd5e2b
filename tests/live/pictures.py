"""`python -m tests.live.pictures DIR [company|odd|fleet]`: pages in a folder, and a Prometheus with the data that they show, until it is interrupted."""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from slo_compiler import compiler
from slo_compiler.compiler import Compilation
from tests.live import fleet
from tests.live.company import COMPANY, ODD, Company
from tests.live.recorded import record
from tests.live.replay.store import Series, Store
from tests.servers import lines

_STEP, _LASTS = 300, 12 * 3600


def main() -> None:
    """Build, say where everything is, and wait."""
    parser = argparse.ArgumentParser(prog="python -m tests.live.pictures", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pages are written")
    parser.add_argument("what", nargs="?", choices=_WORLDS, default="company", help="three services, four odd headlines, or a thousand SLOs")
    asked = parser.parse_args()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.default_int_handler)
    with suppress(KeyboardInterrupt), TemporaryDirectory() as scratch:
        end = int(time.time()) // _STEP * _STEP
        store = Store(lines()[-1], Path(scratch))
        run = _WORLDS[asked.what](store, end)
        _last(store, end)
        for artifact in compiler.emit(run, None, ("grafana",)):
            path = asked.folder / artifact.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(artifact.text, encoding="utf-8")
            print(f"page        {path}")
        with store.serving():
            print(f"Prometheus  {store.url} (until Ctrl-C; the data ends at {end})", flush=True)
            while True:
                time.sleep(3600)


def _company(company: Company) -> Callable[[Store, int], Compilation]:
    def build(store: Store, end: int) -> Compilation:
        run = company.read()
        assert run.spec
        record(store, run.spec, compiler.rules(run), company.stories, end)
        return run

    return build


def _fleet(store: Store, end: int) -> Compilation:
    with TemporaryDirectory() as files:
        run = fleet.read(Path(files))
    fleet.record(store, run, compiler.rules(run), end)
    return run


_WORLDS = {"company": _company(COMPANY), "odd": _company(ODD), "fleet": _fleet}


def _last(store: Store, end: int) -> None:
    """Let the last moment last for hours, so that there is time to look."""
    with store.serving():
        now = store.at('{__name__=~".+"}', end)
    store.add(Series(labels, [(float(at), value) for at in range(end + _STEP, end + _LASTS, _STEP)]) for labels, value in now)


if __name__ == "__main__":
    main()

"""A service that is spread over files is compiled whole, or not at all."""

from __future__ import annotations

from pathlib import Path

from tests.cases_runner import inside, slo
from tests.unit.given import file, promise, write


def spread(folder: Path) -> Path:
    return write(folder, slos__a_yaml=file(promise(name="one")), slos__b_yaml=file(promise(name="two")))


def test_a_part_is_refused_and_the_whole_stays(tmp_path: Path) -> None:
    with inside(spread(tmp_path)):
        assert slo("compile", "slos", "-o", "rules")[0] == 0
        (path,) = Path("rules").iterdir()
        before = path.read_bytes(), path.stat().st_mtime_ns
        code, text = slo("compile", "slos/a.yaml", "-o", "rules")
        assert (code, path.read_bytes(), path.stat().st_mtime_ns) == (2, *before)
        assert "output/part-of-a-service" in text
        assert "slos/b.yaml, which is not compiled now" in text


def test_a_part_whose_source_is_gone_may_go(tmp_path: Path) -> None:
    with inside(spread(tmp_path)):
        slo("compile", "slos", "-o", "rules")
        Path("slos/b.yaml").unlink()
        assert slo("compile", "slos/a.yaml", "-o", "rules")[0] == 0
        (path,) = Path("rules").iterdir()
        assert "two" not in path.read_text()

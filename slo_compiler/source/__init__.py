"""The YAML door: a text becomes plain data, read as YAML 1.2, and a route of keys can be turned back into a position."""

from __future__ import annotations

from slo_compiler.source.reading import Data, Document, parse, plain
from slo_compiler.source.texts import MAX_BYTES, Source, decode, one_line, read

__all__ = ["MAX_BYTES", "Data", "Document", "Source", "decode", "one_line", "parse", "plain", "read"]

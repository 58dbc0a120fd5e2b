"""Talks to servers over HTTP; the only package that opens connections."""

from __future__ import annotations

from slo_compiler.remote.prometheus import Curve, Labels, Sample, Server
from slo_compiler.remote.ruler import Held, Ruler
from slo_compiler.remote.wire import Access, RemoteFailure

__all__ = ["Access", "Curve", "Held", "Labels", "RemoteFailure", "Ruler", "Sample", "Server"]

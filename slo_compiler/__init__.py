"""slo-compiler: SLO files in, Prometheus rules out, for services that run on language models."""

__version__ = "0.1.0"

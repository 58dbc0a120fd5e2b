"""Weeks of traffic whose truth is known, put into a real Prometheus and through the compiled rules, level by level."""

"""What commands that ask a server share: its address, the token, a moment, and telling that it cannot be asked."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from slo_compiler import moments, source
from slo_compiler.commands._run import refuse
from slo_compiler.remote import Access, RemoteFailure, Ruler, Server

TOKEN = "SLO_PROMETHEUS_TOKEN"  # noqa: S105  # the variable's name


def connect(url: str, token_file: Path | None, tenant: str, ca_file: Path | None, timeout: float) -> Server:
    """A server to ask; the token comes from a file, or else from the environment."""
    try:
        return Server(Access(url, _token(token_file), tenant, str(ca_file or ""), timeout))
    except RemoteFailure as failure:
        raise unanswered(failure) from failure


def connect_ruler(url: str, token_file: Path | None, tenant: str, ca_file: Path | None, timeout: float) -> Ruler:
    """A ruler's store, reached in the same way."""
    try:
        return Ruler(Access(url, _token(token_file), tenant, str(ca_file or ""), timeout))
    except RemoteFailure as failure:
        raise unanswered(failure) from failure


def unanswered(failure: RemoteFailure) -> typer.Exit:
    """Say why a server cannot be asked; raise what this returns."""
    return refuse(failure.message, failure.help)


def moment(option: str, text: str, now: float) -> float | None:
    """The moment that an option names, in epoch seconds; None where it names none."""
    if not text:
        return None
    try:
        return moments.moment(text, now)
    except moments.NoMoment as error:
        raise refuse(f"{option}: {error.message}", error.help) from error


def _token(file: Path | None) -> str:
    if file is None:
        return os.environ.get(TOKEN, "").strip()
    try:
        token = source.one_line(file)
    except OSError as error:
        raise refuse(f"{file} cannot be read: {error.strerror}", "name a file that holds the token with --token-file") from error
    if not token:
        raise refuse(f"{file} does not hold one word", "put the token, and nothing else, into the file")
    return token

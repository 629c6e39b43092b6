"""The database's address for both of its drivers: asyncpg, and psycopg inside the durable engine.

One URL says it, in the words of libpq: `postgresql://user@host/name?sslmode=verify-full&sslrootcert=/certs/ca.pem`
(https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS). Each driver knows most of these words
and misreads some of the others in its own way, so they are checked here, once, before either sees them.
"""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_TLS = frozenset(
    {"sslmode", "sslpassword", "sslnegotiation", "ssl_min_protocol_version", "ssl_max_protocol_version", *_FILES}
)
_OTHERS = frozenset({"host", "port", "user", "password", "dbname", "passfile", "target_session_attrs", "options"})
# Of psycopg alone: asyncpg takes them for settings of the server. Without them, it connects all the same.
_LIBPQ_ONLY = frozenset(
    {
        "application_name",
        "connect_timeout",
        "gssencmode",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "tcp_user_timeout",
    }
)
_CONNECT_SECONDS = 60
_SYSTEM = "system"
_AUTHORITIES = (  # where distributions keep the authorities that they trust, in one file
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/cert.pem",  # Alpine, macOS
)


class BadAddressError(ValueError):
    """The URL asks for something that cannot be done; the text names the parameter, and no value but a file's name."""


def driver_url(url: str) -> URL:
    """The URL as libpq, and so psycopg, reads it, without a driver in its name.

    Raises `ArgumentError` for what is no URL, and `BadAddressError`.
    """
    parts = make_url(url)
    if parts.get_backend_name() != "postgresql":
        raise BadAddressError("The database must be PostgreSQL.")
    query = {name: value if isinstance(value, str) else ",".join(value) for name, value in parts.query.items()}
    return parts.set(drivername="postgresql", query=_checked(query))


def asyncpg_dsn(url: str) -> str:
    """The URL as asyncpg reads it. Raises as `driver_url` does."""
    parts = driver_url(url)
    if parts.query.get("channel_binding") == "require":
        raise BadAddressError("channel_binding=require is not supported; use sslmode=verify-full.")
    return parts.difference_update_query([*_LIBPQ_ONLY, "channel_binding"]).render_as_string(hide_password=False)


async def connect(url: str, *, application_name: str) -> asyncpg.Connection:
    """A connection of asyncpg's own. Raises `OSError` or `asyncpg.PostgresError` where there is none to be had."""
    timeout = str(driver_url(url).query.get("connect_timeout", ""))
    return await asyncpg.connect(
        asyncpg_dsn(url),
        server_settings={"application_name": application_name},
        timeout=int(timeout) if timeout.isdecimal() and int(timeout) else _CONNECT_SECONDS,
    )


def address_of(url: str) -> str:
    """Host, port and name of a database, without user and password. Raises `ValueError` if `url` is malformed."""
    try:
        parts = make_url(url)
    except ArgumentError:
        raise ValueError("not a database URL") from None
    return f"{parts.host or 'localhost'}:{parts.port or 5432}/{parts.database or ''}"


def _checked(query: dict[str, str]) -> Mapping[str, str]:
    query = _with_sslmode(query)
    unknown = sorted(query.keys() - _TLS - _OTHERS - _LIBPQ_ONLY - {"channel_binding"})
    if unknown:
        raise BadAddressError(f"The parameter {unknown[0]} is not supported.")
    mode = query.get("sslmode")
    if mode is not None and mode not in _MODES:
        raise BadAddressError(f"sslmode must be one of {', '.join(_MODES)}.")
    if query.get("sslrootcert") == _SYSTEM:
        if mode not in {None, "verify-full"}:
            raise BadAddressError("sslrootcert=system needs sslmode=verify-full: anybody can have such a certificate.")
        query = {**query, "sslmode": "verify-full", "sslrootcert": _system_authorities()}
    for name in _FILES:
        if (path := query.get(name)) is not None and not os.access(path, os.R_OK):
            raise BadAddressError(f"{name} names a file that cannot be read: {path}.")
    return query


def _with_sslmode(query: dict[str, str]) -> dict[str, str]:
    """`ssl=…`, as SQLAlchemy writes it for asyncpg, in libpq's words."""
    if "ssl" not in query:
        return query
    mode = {"true": "require", "false": "disable"}.get(query["ssl"].lower(), query["ssl"])
    return {"sslmode": mode} | {name: value for name, value in query.items() if name != "ssl"}


def _system_authorities() -> str:
    """The machine's authorities in one file: psycopg brings its own OpenSSL, which looks for them elsewhere."""
    for path in (ssl.get_default_verify_paths().cafile, *_AUTHORITIES):
        if path and Path(path).is_file():
            return path
    raise BadAddressError("sslrootcert=system: this machine has no file of authorities. Name a file instead.")

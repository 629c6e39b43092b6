"""TLS to PostgreSQL, by one setting for both drivers.

The PostgreSQL that comes along is built without OpenSSL, so TLS is ended in front of it, as a server would: an
SSLRequest is answered, the handshake follows, and a connection that asks for no TLS is refused. Where the machine has a
PostgreSQL with OpenSSL, the same is tried on that.
"""

import asyncio
import contextlib
import os
import pwd
import shutil
import ssl
import struct
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from db.address import connect, driver_url
from db.engine import create_engine
from db.errors import OpeningFault, opening_fault
from tests.support.fake_api_server import Authority

SSL_REQUEST = struct.pack("!II", 8, 80877103)


async def by_asyncpg(url: str) -> str:
    """The version of TLS that asyncpg's connection has, as the engine opens it."""
    engine = create_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
            driven = (await connection.get_raw_connection()).driver_connection
            assert driven is not None
            secured = driven._transport.get_extra_info("ssl_object")
            return str(secured.version()) if secured else "none"
    finally:
        await engine.dispose()


async def by_psycopg(url: str) -> str:
    """The same of the durable engine's driver."""
    plain = driver_url(url).render_as_string(hide_password=False)

    def asked() -> str:
        with psycopg.connect(plain, connect_timeout=30) as connection:
            connection.execute("SELECT 1")
            in_use: bool = connection.pgconn.ssl_in_use
            return "TLSv1.3" if in_use else "none"

    return await asyncio.to_thread(asked)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.closing(writer), contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


@contextlib.asynccontextmanager
async def tls_in_front(socket_path: str, context: ssl.SSLContext | None) -> AsyncIterator[int]:
    """The port of a server that offers TLS, or with None refuses it, and is the PostgreSQL behind this socket else."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            request = await reader.readexactly(8)
            if request != SSL_REQUEST or context is None:
                writer.write(b"N")
                return
            writer.write(b"S")
            await writer.start_tls(context)
            answers, requests = await asyncio.open_unix_connection(socket_path)
            with contextlib.closing(requests):  # a task that is cancelled before it begins closes nothing
                pipes = {asyncio.create_task(_pipe(reader, requests)), asyncio.create_task(_pipe(answers, writer))}
                tasks.update(pipes)
                await asyncio.wait(pipes)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _socket(postgres_url: str) -> str:
    return f"{make_url(postgres_url).query['host']}/.s.PGSQL.5432"


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
async def secured(postgres_url: str, authority: Authority, tmp_path: Path) -> AsyncIterator[str]:
    """An address whose server's certificate is for `localhost`, and whose authority is in ca.pem."""
    (tmp_path / "ca.pem").write_text(authority.pem)
    context = authority.server_context(tmp_path, "localhost")
    async with tls_in_front(_socket(postgres_url), context) as port:
        yield f"postgresql+asyncpg://postgres@localhost:{port}/postgres"


@pytest.mark.parametrize("driver", [by_asyncpg, by_psycopg])
@pytest.mark.parametrize("query", ["sslmode=require", "ssl=require", "sslmode=prefer"])
async def test_a_connection_is_encrypted_where_it_is_asked_for(secured: str, driver, query: str):
    assert await driver(f"{secured}?{query}") == "TLSv1.3"


@pytest.mark.parametrize("driver", [by_asyncpg, by_psycopg])
@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
async def test_the_servers_certificate_is_verified(secured: str, driver, mode: str, tmp_path: Path):
    assert await driver(f"{secured}?sslmode={mode}&sslrootcert={tmp_path}/ca.pem") == "TLSv1.3"


@pytest.mark.parametrize("driver", [by_asyncpg, by_psycopg])
async def test_a_certificate_of_another_authority_is_refused(secured: str, driver, tmp_path: Path):
    (tmp_path / "other.pem").write_text(Authority().pem)
    with pytest.raises((ssl.SSLError, psycopg.OperationalError)):
        await driver(f"{secured}?sslmode=verify-ca&sslrootcert={tmp_path}/other.pem")


@pytest.mark.parametrize("driver", [by_asyncpg, by_psycopg])
async def test_a_certificate_for_another_name_is_refused(secured: str, driver, tmp_path: Path):
    elsewhere = secured.replace("localhost", "127.0.0.1")
    with pytest.raises((ssl.SSLError, psycopg.OperationalError)):
        await driver(f"{elsewhere}?sslmode=verify-full&sslrootcert={tmp_path}/ca.pem")


async def test_the_connections_beside_the_engines_are_encrypted_too(secured: str):
    connection = await connect(f"{secured}?sslmode=require", application_name="a test")
    assert connection._transport.get_extra_info("ssl_object") is not None
    await connection.close()


async def test_a_certificate_that_is_not_trusted_is_told_from_a_database_that_is_away(secured: str, tmp_path: Path):
    (tmp_path / "other.pem").write_text(Authority().pem)
    with pytest.raises(ssl.SSLError) as refused:
        await by_asyncpg(f"{secured}?sslmode=verify-full&sslrootcert={tmp_path}/other.pem")
    assert opening_fault(refused.value) is OpeningFault.NOT_TRUSTED


async def test_a_database_without_tls_is_told_from_one_that_is_away(postgres_url: str):
    async with tls_in_front(_socket(postgres_url), None) as port:
        with pytest.raises(ConnectionError) as refused:
            await by_asyncpg(f"postgresql://postgres@localhost:{port}/postgres?sslmode=require")
    assert opening_fault(refused.value) is OpeningFault.NO_TLS


async def test_a_process_that_hangs_inside_a_transaction_loses_its_locks(database_url: str):
    engine = create_engine(database_url)
    async with engine.connect() as connection:
        asked = await connection.execute(text("SHOW idle_in_transaction_session_timeout"))
        assert asked.scalar_one() == "1min"
    await engine.dispose()


_NEEDS = "a PostgreSQL that is built with OpenSSL, as Debian's package postgresql"


def _with_openssl() -> Path | None:
    """The folder of a PostgreSQL's programs that offers TLS."""
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin")), *map(Path, os.environ.get("PATH", "").split(":"))]
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


@pytest.fixture
def real(authority: Authority, tmp_path: Path) -> Iterator[str]:
    """PostgreSQL itself, which takes no connection without TLS and none without a certificate of its client."""
    programs = _with_openssl()
    if programs is None:
        pytest.skip(f"needs {_NEEDS}")
    folder = Path(tempfile.mkdtemp(prefix="stagecoach-tls-"))
    # PostgreSQL refuses to run as root.
    user = None
    if os.geteuid() == 0:
        try:
            user = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("as root, needs a user `postgres`")
        os.chown(folder, user.pw_uid, user.pw_gid)
    as_user: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    data = folder / "data"
    subprocess.run(
        [programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-N"], check=True, **as_user, **quiet
    )
    server, client = authority.sign("server", "localhost"), authority.sign("postgres")
    for name, content in {
        "server.crt": server.certificate_pem,
        "server.key": server.key_pem,
        "ca.pem": authority.pem,
        "pg_hba.conf": "hostssl all all all cert\n",
    }.items():
        (data / name).write_text(content)
        (data / name).chmod(0o600)
        if user:
            os.chown(data / name, user.pw_uid, user.pw_gid)
    for name, content in {
        "ca.pem": authority.pem,
        "tls.crt": client.certificate_pem,
        "tls.key": client.key_pem,
    }.items():
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(0o600)
    port = _free_port()
    options = {"ssl": "on", "ssl_ca_file": "ca.pem", "listen_addresses": "localhost", "port": port, "fsync": "off"}
    arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    process = subprocess.Popen([programs / "postgres", "-D", data, "-k", folder, *arguments], **as_user, **quiet)
    try:
        yield f"postgresql://postgres@localhost:{port}/postgres"
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


async def test_a_real_postgresql_takes_certificates_of_both_drivers_and_nothing_else(real: str, tmp_path: Path):
    verified = f"sslmode=verify-full&sslrootcert={tmp_path}/ca.pem"
    url = f"{real}?{verified}&sslcert={tmp_path}/tls.crt&sslkey={tmp_path}/tls.key"
    async with asyncio.timeout(60):
        while True:
            try:
                assert await by_asyncpg(url) == "TLSv1.3"
                break
            except (OSError, DBAPIError) as error:
                if isinstance(error, DBAPIError) and "starting up" not in str(error):
                    raise
                await asyncio.sleep(0.1)
    assert await by_psycopg(url) == "TLSv1.3"
    for driver in (by_asyncpg, by_psycopg):
        with pytest.raises(Exception, match=r"certificate|no pg_hba.conf entry"):
            await driver(f"{real}?{verified}")
        with pytest.raises(Exception, match=r"certificate|no pg_hba.conf entry"):
            await driver(f"{real}?sslmode=disable")

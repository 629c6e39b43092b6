"""Passes connections on to a server; when told to, it cuts one off in the middle, or holds all of them there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class CuttingProxy:
    """`address` is where it listens. `cut_after` counts down with the bytes that clients send; at 0 all is cut.

    `hold_after` counts down with them, too; at 0 all that is sent waits, as `holding` tells, until `let_go`.
    """

    def __init__(self, server: str) -> None:
        self._server = server
        self.address = ""
        self.cut_after: int | None = None
        self.cuts = 0
        self.hold_after: int | None = None
        self.holding = asyncio.Event()
        self._may_pass = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self._server.partition(":")
        there, to_there = await asyncio.open_connection(host, int(port))
        answers = asyncio.create_task(_pass_on(there, writer))
        try:
            while chunk := await reader.read(65536):
                if self._cuts_at(len(chunk)):
                    break
                await self._held(len(chunk))
                to_there.write(chunk)
                await to_there.drain()
        finally:
            answers.cancel()
            for each in (writer, to_there):
                each.transport.abort()

    def let_go(self) -> None:
        self.hold_after = None
        self._may_pass.set()

    async def _held(self, count: int) -> None:
        if self.hold_after is None:
            return
        self.hold_after -= count
        if self.hold_after <= 0:
            self.holding.set()
            await self._may_pass.wait()

    def _cuts_at(self, count: int) -> bool:
        if self.cut_after is None:
            return False
        self.cut_after -= count
        if self.cut_after > 0:
            return False
        self.cut_after = None
        self.cuts += 1
        return True


@contextlib.asynccontextmanager
async def cutting_proxy(server: str) -> AsyncIterator[CuttingProxy]:
    """In front of a server: `host:port`."""
    proxy = CuttingProxy(server)
    listening = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.address = f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening:
        yield proxy


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()

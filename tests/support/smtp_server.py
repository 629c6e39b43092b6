"""A small SMTP server on loopback that keeps what it is sent, with or without STARTTLS, implicit TLS and log-in."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class SmtpServer:
    """`commands` are what clients said, passwords included; `mails` are bodies by recipients."""

    trusted: ssl.SSLContext | None
    starttls: bool
    login: tuple[str, str] | None
    refused: frozenset[str]
    port: int = 0
    commands: list[str] = field(default_factory=list)
    mails: list[tuple[tuple[str, ...], bytes]] = field(default_factory=list)

    async def serve(  # noqa: C901, PLR0912 - one case a command
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        recipients: list[str] = []
        encrypted = writer.get_extra_info("ssl_object") is not None
        try:
            await _say(writer, "220 mail.example ESMTP")
            while line := await reader.readline():
                command = line.decode().strip()
                self.commands.append(command)
                match command.split(" ")[0].upper():
                    case "EHLO":
                        offered = ["STARTTLS"] if self.starttls and not encrypted else []
                        offered += ["AUTH PLAIN"] if self.login else []
                        lines = ["mail.example", *offered]
                        for number, each in enumerate(lines, 1):
                            await _say(writer, f"250{' ' if number == len(lines) else '-'}{each}")
                    case "STARTTLS":
                        assert self.trusted is not None
                        await _say(writer, "220 go ahead")
                        await writer.start_tls(self.trusted)
                        encrypted = True
                    case "AUTH":
                        given = base64.b64decode(command.split(" ")[2]).decode().split("\0")
                        good = self.login is not None and tuple(given[1:]) == self.login
                        await _say(writer, "235 welcome" if good else "535 no, not with this password")
                    case "RCPT":
                        address = command.partition("<")[2].partition(">")[0]
                        if address in self.refused:
                            await _say(writer, "550 no such mailbox")
                        else:
                            recipients.append(address)
                            await _say(writer, "250 fine")
                    case "DATA":
                        await _say(writer, "354 go on")
                        body = await reader.readuntil(b"\r\n.\r\n")
                        self.mails.append((tuple(recipients), body[:-3]))
                        await _say(writer, "250 kept")
                    case "QUIT":
                        await _say(writer, "221 bye")
                        return
                    case _:
                        await _say(writer, "250 fine")
        except (ConnectionError, ssl.SSLError):  # the client went away, as one that does not trust the certificate
            return
        finally:
            writer.close()


@asynccontextmanager
async def smtp_server(
    *,
    tls: ssl.SSLContext | None = None,
    implicit: bool = False,
    login: tuple[str, str] | None = None,
    refused: frozenset[str] = frozenset(),
) -> AsyncIterator[SmtpServer]:
    """A server on 127.0.0.1. `tls` is its certificate: offered by STARTTLS, or from the first byte with `implicit`."""
    kept = SmtpServer(trusted=tls, starttls=tls is not None and not implicit, login=login, refused=refused)
    server = await asyncio.start_server(kept.serve, "127.0.0.1", 0, ssl=tls if implicit else None)
    kept.port = server.sockets[0].getsockname()[1]
    async with server:
        yield kept


async def _say(writer: asyncio.StreamWriter, line: str) -> None:
    writer.write(f"{line}\r\n".encode())
    await writer.drain()

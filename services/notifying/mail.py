"""E-mail by SMTP, with the standard library in threads of its own.

The name of the server is resolved and vetted first; the connection goes to that address, so that a second resolution
cannot lead elsewhere, and the certificate is checked against the name. A password is sent over TLS only.
"""

import asyncio
import smtplib
import socket
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from functools import partial
from typing import Any, Self

from db.channels import ChannelRecord
from domain.words import MailSecurity
from services.net.addresses import AddressPolicy, VettingResolver
from services.notifying.errors import SendError
from services.notifying.values import Delivered, Outgoing
from services.planning.notifications.mail import mail_of, one_line
from services.planning.notifications.wording import address, message_of

_SECONDS = 15.0  # for each answer of the server
_OVERALL_SECONDS = 60.0
_AT_ONCE = 8
_LONGEST_ANSWER = 200


class MailSender:
    """Sends mails. Use it as an async context manager.

    `trust`: the trusted certificate authorities, where not those of the machine.
    """

    def __init__(
        self, *, addresses: AddressPolicy, public_url: str | None, trust: ssl.SSLContext | None = None
    ) -> None:
        self._addresses = addresses
        self._public_url = public_url
        self._trust = trust
        self._threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="mail")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def send(self, channel: ChannelRecord, outgoing: Outgoing) -> Delivered:
        """Raises `SendError`."""
        settings = channel.settings
        assert settings.host is not None
        assert settings.port is not None
        assert settings.sender is not None
        message = message_of(outgoing.notification)
        mail = mail_of(
            message,
            address(self._public_url, message.path),
            sender=settings.sender,
            recipients=settings.recipients,
            event_id=outgoing.event_id,
            subject=outgoing.notification.subject,
            at=outgoing.at,
        )
        conversation = partial(
            _converse,
            mail,
            host=settings.host,
            port=settings.port,
            vetted=await self._vetted(settings.host, settings.port),
            security=settings.security or MailSecurity.STARTTLS,
            trust=self._trust or ssl.create_default_context(),
            login=(settings.username, channel.secrets().password or "") if settings.username else None,
            own_name=settings.sender.rpartition("@")[2],
        )
        try:
            async with asyncio.timeout(_OVERALL_SECONDS):
                left_out = await asyncio.get_running_loop().run_in_executor(self._threads, conversation)
        except TimeoutError:
            raise SendError(f"{settings.host} took longer than {_OVERALL_SECONDS:.0f} seconds.") from None
        return Delivered(status=250, note=f"The server refused {', '.join(left_out)}." if left_out else None)

    async def _vetted(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses of the server that Stagecoach may connect to."""
        if refusal := self._addresses.host_refusal(host):
            raise SendError(f"Stagecoach does not connect to {host}: {refusal}.")
        resolver = VettingResolver(self._addresses, threads=self._threads)
        try:
            found = await resolver.resolve(host, port, socket.AF_UNSPEC)
        except socket.gaierror:
            raise SendError(f"The name {host} does not resolve to an address.") from None
        except OSError as error:
            raise SendError(f"Stagecoach does not connect to {host}: {error}.") from None
        return tuple(each["host"] for each in found)


class _VettedSmtp(smtplib.SMTP):
    """SMTP to an address that was vetted before, whatever the name resolves to now."""

    def __init__(
        self, host: str, port: int, *, vetted: Sequence[str], implicit: ssl.SSLContext | None, own_name: str
    ) -> None:
        self._vetted = vetted
        self._implicit = implicit
        super().__init__(host, port, local_hostname=own_name, timeout=_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        failure: OSError | None = None
        for each in self._vetted:
            try:
                connection = socket.create_connection((each, port), timeout)
            except OSError as error:
                failure = error
            else:
                return self._implicit.wrap_socket(connection, server_hostname=host) if self._implicit else connection
        assert failure is not None  # at least one address was vetted
        raise failure


def _converse(
    mail: EmailMessage,
    *,
    host: str,
    port: int,
    vetted: Sequence[str],
    security: MailSecurity,
    trust: ssl.SSLContext,
    login: tuple[str, str] | None,
    own_name: str,
) -> tuple[str, ...]:
    """Hand the mail to the server; returns the recipients that it refused, of several. Raises `SendError`."""
    implicit = trust if security is MailSecurity.TLS else None
    try:
        with _VettedSmtp(host, port, vetted=vetted, implicit=implicit, own_name=own_name) as server:
            if security is MailSecurity.STARTTLS:
                server.starttls(context=trust)
            if login is not None:
                server.login(*login)
            return tuple(server.send_message(mail))
    except (smtplib.SMTPException, OSError) as error:
        raise _failed(error, host, port) from None


def _failed(error: Exception, host: str, port: int) -> SendError:  # noqa: C901, PLR0911 - one case after the other
    match error:
        case smtplib.SMTPAuthenticationError():
            return SendError(f"{host} does not accept the user name and password.", status=error.smtp_code)
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()))
            return SendError(f"{host} refused every recipient: {_answer(text)}", status=code)
        case smtplib.SMTPNotSupportedError():
            return SendError(f"{host} does not offer what is needed, STARTTLS or a way to log in. Nothing was sent.")
        case smtplib.SMTPServerDisconnected():
            return SendError(f"{host} closed the connection.")
        case smtplib.SMTPResponseException():
            return SendError(f"{host} answered: {_answer(error.smtp_error)}", status=error.smtp_code)
        case smtplib.SMTPException():
            return SendError(f"{host} does not speak SMTP as expected.")
        case ssl.SSLCertVerificationError():
            reason = error.verify_message.rstrip(".")
            return SendError(
                f"The certificate of {host} is not trusted ({reason}). Add its authority to those of the machine."
            )
        case TimeoutError():
            return SendError(f"{host} did not answer within {_SECONDS:.0f} seconds.")
        case ssl.SSLError():
            return SendError(
                f"TLS with {host}, port {port}, failed. Port 465 mostly expects 'tls', port 587 'starttls'."
            )
        case OSError():
            return SendError(f"Connecting to {host}, port {port}, failed: {error.strerror or 'no connection'}.")
        case _:
            raise error


def _answer(text: bytes | str) -> str:
    plain = text.decode(errors="replace") if isinstance(text, bytes) else text
    return one_line(plain)[:_LONGEST_ANSWER]

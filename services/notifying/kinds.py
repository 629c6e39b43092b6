"""What each kind of channel needs, and what of it may be shown. Pure: settings and secrets out of what was entered."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from yarl import URL

from domain.stored.channels import ChannelSecrets, ChannelSettings
from domain.words import ChannelKind, MailSecurity
from services.errors import InvalidRequestError
from services.net.addresses import AddressPolicy

_URL = re.compile(r"https?://[!-~]+")
_CONVERSATION = re.compile(r"[CGD][A-Z0-9]{5,30}")
_TOKEN = re.compile(r"xox[a-z](?:\.[a-z]+)?-[A-Za-z0-9-]{5,500}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]{2,45}\]?")
# A mailbox as SMTP takes it without quoting (RFC 5321, section 4.1.2); nothing of it can end a header or a command.
_MAILBOX = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_MOST_RECIPIENTS = 50


@dataclass(frozen=True, kw_only=True)
class Entered:
    """What a person entered of a channel; None leaves a member as it is."""

    url: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    conversation: str | None = None
    host: str | None = None
    port: int | None = None
    security: MailSecurity | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    sender: str | None = None
    recipients: tuple[str, ...] | None = None

    @property
    def names(self) -> frozenset[str]:
        """The members that were entered."""
        return frozenset(each.name for each in fields(self) if getattr(self, each.name) is not None)


NEEDS: Mapping[ChannelKind, frozenset[str]] = {
    ChannelKind.SLACK: frozenset({"token", "conversation"}),
    ChannelKind.SLACK_WEBHOOK: frozenset({"url"}),
    ChannelKind.TEAMS: frozenset({"url"}),
    ChannelKind.EMAIL: frozenset({"host", "port", "security", "sender", "recipients"}),
    ChannelKind.WEBHOOK: frozenset({"url"}),
}
_TAKES = {**NEEDS, ChannelKind.EMAIL: NEEDS[ChannelKind.EMAIL] | {"username", "password"}}


def created(kind: ChannelKind, entered: Entered, policy: AddressPolicy) -> tuple[ChannelSettings, ChannelSecrets]:
    """The settings and secrets of a new channel. Raises `InvalidRequestError` with the member that is wrong."""
    missing = NEEDS[kind] - entered.names
    if missing:
        raise _invalid(min(missing), f"A channel of the kind '{kind}' needs it.")
    return changed(kind, entered, policy, settings=ChannelSettings(), secrets=ChannelSecrets())


def changed(
    kind: ChannelKind,
    entered: Entered,
    policy: AddressPolicy,
    *,
    settings: ChannelSettings,
    secrets: ChannelSecrets,
) -> tuple[ChannelSettings, ChannelSecrets]:
    """The same after a change. A stored password is not sent to another server: it has to be entered again."""
    unknown = entered.names - _TAKES[kind]
    if unknown:
        raise _invalid(min(unknown), f"A channel of the kind '{kind}' does not have it.")
    if kind is ChannelKind.EMAIL:
        return _mail(entered, policy, settings, secrets)
    if entered.url is not None:
        settings = replace(settings, destination=_origin(kind, entered.url, policy))
        secrets = replace(secrets, url=entered.url)
    if entered.conversation is not None:
        rule = "It must be the id of a channel, as C0123ABCD: Slack shows it at the end of a channel's details."
        settings = replace(settings, conversation=_matching(_CONVERSATION, entered.conversation, "conversation", rule))
    if entered.token is not None:
        rule = "It must be a bot token, which begins with 'xoxb-'."
        secrets = replace(secrets, token=_matching(_TOKEN, entered.token, "token", rule))
    return settings, secrets


def _mail(
    entered: Entered, policy: AddressPolicy, settings: ChannelSettings, secrets: ChannelSecrets
) -> tuple[ChannelSettings, ChannelSecrets]:
    if entered.host is not None:
        _matching(_HOST, entered.host, "host", "It must be the name or the address of a mail server.")
        if refusal := policy.host_refusal(entered.host):
            raise _invalid("host", f"Stagecoach does not connect to it: {refusal}.")
    for address, where in _addresses(entered):
        _matching(_MAILBOX, address, where, "It must be an e-mail address, as releases@shop.example.")
    if entered.recipients is not None and not 1 <= len(entered.recipients) <= _MOST_RECIPIENTS:
        raise _invalid("recipients", f"There must be 1 to {_MOST_RECIPIENTS} recipients.")
    new = replace(settings, **_entered(entered, ("host", "port", "security", "username", "sender", "recipients")))
    elsewhere = (settings.host, settings.port, settings.username) != (new.host, new.port, new.username)
    if secrets.password is not None and entered.password is None and new.username and elsewhere:
        raise _invalid("password", "The server or the user name changes: enter the password again.")
    password = entered.password if entered.password is not None else secrets.password
    if not new.username:
        new, password = replace(new, username=None), None
    elif not password:
        raise _invalid("password", "A user name needs a password.")
    if new.username and new.security is MailSecurity.NONE:
        raise _invalid("security", "A password is sent over TLS only: choose 'starttls' or 'tls'.")
    return new, replace(secrets, password=password)


def _addresses(entered: Entered) -> Iterable[tuple[str, str]]:
    if entered.sender is not None:
        yield entered.sender, "sender"
    for number, each in enumerate(entered.recipients or ()):
        yield each, f"recipients[{number}]"


def _entered(entered: Entered, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(entered, name) for name in names if getattr(entered, name) is not None}


def _origin(kind: ChannelKind, address: str, policy: AddressPolicy) -> str:
    """Scheme and host of an address, which are shown: the rest of it may be a secret, and often is."""
    try:
        url = URL(address, encoded=True) if _URL.fullmatch(address) else URL()
        host, port = url.raw_host, url.port
    except ValueError:
        host = None
    if not host:
        raise _invalid("url", "It must be an address that begins with https://.")
    if url.raw_user or url.raw_password or url.raw_fragment:
        raise _invalid("url", "It must have neither a user name nor a fragment (#).")
    if url.scheme == "http" and kind is not ChannelKind.WEBHOOK and not (policy.allow_loopback and host in _LOOPBACK):
        raise _invalid("url", "It is a secret, so it must begin with https://.")
    if refusal := policy.host_refusal(host):
        raise _invalid("url", f"Stagecoach does not connect to it: {refusal}.")
    shown = f"[{host}]" if ":" in host else host
    return f"{url.scheme}://{shown}{'' if url.is_default_port() else f':{port}'}"


def _matching(form: re.Pattern[str], text: str, where: str, rule: str) -> str:
    if not form.fullmatch(text):
        raise _invalid(where, rule)
    return text


def _invalid(where: str, rule: str) -> InvalidRequestError:
    return InvalidRequestError(f"The channel's {where}: {rule}", field=where)

"""The settings and secrets of a channel, as its row keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

from domain.stored.versions import check_version
from domain.words import MailSecurity


@dataclass(frozen=True, kw_only=True)
class ChannelSettings:
    """What may be shown of a channel. Which of it a kind uses: `services.notifying.kinds`."""

    VERSION: ClassVar[int] = 1

    conversation: str | None = None  # of Slack: the id of a channel
    destination: str | None = None  # scheme and host of an address whose rest is a secret
    host: str | None = None  # of the mail server
    port: int | None = None
    security: MailSecurity | None = None
    username: str | None = None
    sender: str | None = None
    recipients: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The settings that are set."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        values["recipients"] = list(self.recipients)
        return {"version": self.VERSION} | {name: value for name, value in values.items() if value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="channel's settings", newest=cls.VERSION)
        values = {each.name: stored[each.name] for each in fields(cls) if each.name in stored}
        security = stored.get("security")
        return cls(
            **values
            | {
                "security": None if security is None else MailSecurity(security),
                "recipients": tuple(stored.get("recipients", ())),
            }
        )


@dataclass(frozen=True, kw_only=True)
class ChannelSecrets:
    """What is never shown: sealed in the row. `repr` shows nothing."""

    VERSION: ClassVar[int] = 1

    url: str | None = field(default=None, repr=False)  # an address that is a secret, or may hold one
    token: str | None = field(default=None, repr=False)  # of a Slack bot
    password: str | None = field(default=None, repr=False)  # of a mail account
    signing: str | None = field(default=None, repr=False)  # `whsec_…`, which signs webhooks
    former_signing: str | None = field(default=None, repr=False)  # signs, too, while the receiver is being changed

    def to_json(self) -> dict[str, Any]:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {"version": self.VERSION} | {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="channel's secrets", newest=cls.VERSION)
        return cls(**{each.name: stored[each.name] for each in fields(cls) if each.name in stored})

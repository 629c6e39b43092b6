"""Channels, routes and notifications in the contract. Only the response that creates a signing secret shows it."""

from typing import Any, Self

from pydantic import Field, SecretStr

from api.schemas.base import Input, Moment, Name, Output, PageRead, Text
from db.outbox import OutboxRecord
from domain.notification_types import NotificationType
from domain.words import ChannelKind, MailSecurity, OutboxState
from services.notifying.channels import ChannelView, IssuedChannel
from services.notifying.kinds import Entered
from services.notifying.routing import RouteChanges, RouteView
from services.planning.notifications.wording import message_of

_DAY = 86_400
_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


class ChannelSettingsInput(Input):
    """What a kind of channel needs: `slack` a token and a conversation; `slack-webhook`, `teams` and `webhook` an
    address; `email` a server, a sender and recipients.
    """

    url: SecretStr | None = Field(
        None, max_length=2000, description="Where to send to. Never shown again, except for its scheme and host."
    )
    token: SecretStr | None = Field(None, max_length=500, description="Of a Slack bot. Never shown again.")
    conversation: Text | None = Field(
        None, max_length=40, description="The id of a Slack channel.", examples=["C0123ABCD"]
    )
    host: Text | None = Field(None, max_length=253, description="The mail server.", examples=["smtp.shop.example"])
    port: int | None = Field(None, ge=1, le=65_535, strict=True, examples=[587])
    security: MailSecurity | None = Field(None, description="How the connection to the mail server is encrypted.")
    username: Text | None = Field(None, max_length=200, description="Of the mail account; empty: no log-in.")
    password: SecretStr | None = Field(None, max_length=1000, description="Of the mail account. Never shown again.")
    sender: Text | None = Field(None, max_length=320, examples=["stagecoach@shop.example"])
    recipients: list[Text] | None = Field(None, max_length=50, examples=[["releases@shop.example"]])

    def to_entered(self) -> Entered:
        return Entered(
            url=_revealed(self.url),
            token=_revealed(self.token),
            conversation=self.conversation,
            host=self.host,
            port=self.port,
            security=self.security,
            username=self.username,
            password=_revealed(self.password),
            sender=self.sender,
            recipients=None if self.recipients is None else tuple(self.recipients),
        )


class ChannelSettingsRead(Output):
    """What may be shown of a channel; null or empty if its kind does not have it."""

    destination: str | None = Field(description="Scheme and host of its address.", examples=["https://hooks.slack.com"])
    conversation: str | None
    host: str | None
    port: int | None
    security: MailSecurity | None
    username: str | None
    sender: str | None
    recipients: list[str]


class ChannelCreate(Input):
    """A channel to create."""

    name: Text = Field(min_length=1, max_length=100, pattern=r"\S", examples=["Releases in Slack"])
    kind: ChannelKind
    settings: ChannelSettingsInput


class ChannelUpdate(Input):
    """What to change; members that are left out keep their values. The kind stays."""

    name: Text | None = Field(None, min_length=1, max_length=100, pattern=r"\S")
    settings: ChannelSettingsInput = ChannelSettingsInput()


class ChannelRotate(Input):
    """How to replace the signing secret."""

    keep_former_seconds: int = Field(
        _DAY,
        ge=0,
        le=30 * _DAY,
        strict=True,
        description="How long the previous secret signs, too; 0 ends it at once.",
    )


class ChannelRead(Output):
    """Where notifications go, never with its secrets, and how many notifications it has."""

    id: str
    name: str
    kind: ChannelKind
    settings: ChannelSettingsRead
    former_until: Moment | None = Field(description="Until when the previous signing secret signs, too.")
    disabled_at: Moment | None = Field(description="Since when nothing is sent to it; null: it is enabled.")
    disabled_because: str | None
    notifications: dict[OutboxState, int] = Field(description="How many there are of each state.")
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, view: ChannelView) -> Self:
        return cls.model_validate(_channel(view))


class ChannelPage(PageRead[ChannelRead]):
    """Channels, by name."""


class ChannelIssued(ChannelRead):
    """A channel with its new signing secret, which no other response shows."""

    secret: str | None = Field(description="Null where its kind signs nothing.")

    @classmethod
    def issued(cls, issued: IssuedChannel) -> Self:
        return cls.model_validate({**_channel(issued.view), "secret": issued.secret})


class ChannelTested(Output):
    """What became of a test. Nothing of it is stored."""

    delivered: bool
    status: int | None = Field(description="The other side's, of HTTP or SMTP; null where it gave none.")
    detail: str | None = Field(description="Why it was not delivered, or what was left out.")


class NotificationRead(Output):
    """A notification for one channel."""

    id: str
    event_id: str = Field(description="The same in every channel and at every try: the receiver's `webhook-id`.")
    type: NotificationType
    title: str = Field(examples=["Promotion of shop to Production failed"])
    path: str = Field(description="The page of the console that it is about.", examples=["/operations/0192f0c1-…"])
    state: OutboxState
    attempts: int
    next_try_at: Moment | None = Field(description="Null unless it waits.")
    status: int | None = Field(description="The other side's, at the last try.")
    error: str | None = Field(description="Why the last try failed, or what was left out.")
    occurred_at: Moment
    ended_at: Moment | None

    @classmethod
    def of(cls, record: OutboxRecord) -> Self:
        message = message_of(record.notification)
        names = ("id", "event_id", "state", "attempts", "status", "error", "occurred_at", "ended_at")
        return cls.model_validate(
            {
                **{name: getattr(record, name) for name in names},
                "type": record.notification.type,
                "title": message.title,
                "path": message.path,
                "next_try_at": record.next_try_at if record.state is OutboxState.WAITING else None,
            }
        )


class NotificationPage(PageRead[NotificationRead]):
    """Notifications, the newest first."""


class NotificationsSendAgain(Input):
    """Which dead notifications to send again."""

    notifications: list[Text] | None = Field(None, max_length=200, description="Their ids; null: all that are dead.")


class NotificationsSentAgain(Output):
    """How many of them wait again."""

    count: int


_ROUTED = [each.value for each in NotificationType if each.routed]
_EVENTS = Field(None, max_length=100, description="Types of notifications; null: all of them.", examples=[_ROUTED[:3]])
_APPLICATIONS = Field(None, max_length=500, description="Their names; null: all applications.")
_ENVIRONMENTS = Field(None, max_length=100, description="Their names; null: all environments.")


class NotificationRouteCreate(Input):
    """A route to create: what fits all three lists goes to the channel."""

    channel: Text = Field(
        pattern=_ID, description="The channel's id.", examples=["0192f0c1-7a5e-7cc3-98c4-dc0c0c07398f"]
    )
    events: list[NotificationType] | None = _EVENTS
    applications: list[Name] | None = _APPLICATIONS
    environments: list[Name] | None = _ENVIRONMENTS

    def to_changes(self) -> RouteChanges:
        return _changes(self, frozenset(type(self).model_fields))


class NotificationRouteUpdate(Input):
    """What to change; members that are left out keep their values."""

    channel: Text | None = Field(None, pattern=_ID, description="The channel's id.")
    events: list[NotificationType] | None = _EVENTS
    applications: list[Name] | None = _APPLICATIONS
    environments: list[Name] | None = _ENVIRONMENTS

    def to_changes(self) -> RouteChanges:
        return _changes(self, frozenset(self.model_fields_set))


class NotificationRouteRead(Output):
    """Which notifications a channel gets. What was deleted since is left out of the lists."""

    id: str
    channel: str = Field(description="The channel's id.")
    channel_name: str
    events: list[NotificationType] | None = Field(description="Null: all of them.")
    applications: list[str] | None = Field(description="Null: all of them.")
    environments: list[str] | None = Field(description="Null: all of them.")
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, view: RouteView) -> Self:
        record = view.record
        return cls(
            id=record.id,
            channel=record.channel_id,
            channel_name=record.channel,
            events=None if record.events is None else list(record.events),
            applications=None if view.applications is None else list(view.applications),
            environments=None if view.environments is None else list(view.environments),
            created_at=record.created_at,
            updated_at=record.updated_at,
        )


class NotificationRoutePage(PageRead[NotificationRouteRead]):
    """Routes, in the order of their creation."""


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _changes(given: NotificationRouteCreate | NotificationRouteUpdate, names: frozenset[str]) -> RouteChanges:
    return RouteChanges(
        given=names,
        channel=given.channel,
        events=None if given.events is None else tuple(given.events),
        applications=None if given.applications is None else tuple(given.applications),
        environments=None if given.environments is None else tuple(given.environments),
    )


def _channel(view: ChannelView) -> dict[str, Any]:
    names = ("id", "name", "kind", "settings", "former_until", "disabled_at", "disabled_because")
    return {
        **{name: getattr(view.record, name) for name in (*names, "created_at", "updated_at")},
        "notifications": {state: view.counts.get(state, 0) for state in OutboxState},
    }

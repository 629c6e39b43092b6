"""What comes to a receiver, and what it reports: plain values. None shows in its `repr` what may hold a secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.errors import Category, StagecoachError


@dataclass(frozen=True, kw_only=True)
class Request:
    """As it came: the bytes before anybody read them, names of headers in lower case, the address's query."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, kw_only=True)
class PushedImage:
    """One tag that was pushed. Names are folded; `digest`, `media_type` and `pushed_at` are what the reporter says."""

    registry: str
    repository: str
    tag: str
    digest: str | None = None
    media_type: str | None = None
    pushed_at: datetime | None = None

    @property
    def name(self) -> str:
        return f"{self.registry}/{self.repository}"

    def __str__(self) -> str:
        return f"{self.name}:{self.tag}"


@dataclass(frozen=True, kw_only=True)
class IgnoredEvent:
    """Understood, and not for us: a stable `code`, and the `reason` as a sentence."""

    code: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """An address that its sender wants fetched before it reports anything. It has passed the rule for its host."""

    url: str = field(repr=False)  # bears a token


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """`delivery_id` is the sender's, None where a repetition does not bear the same one."""

    delivery_id: str | None
    events: tuple[PushedImage | IgnoredEvent, ...]
    confirmation: Confirmation | None = None

    @property
    def pushed(self) -> tuple[PushedImage, ...]:
        return tuple(event for event in self.events if isinstance(event, PushedImage))


@dataclass(frozen=True, kw_only=True)
class KeyUrl:
    """Where the key is with which a proof was made. `key_id` names it where the address holds several."""

    url: str
    key_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class FetchedKeys:
    """What lay there, unread."""

    url: str
    body: bytes = field(repr=False)


class ProofRefusedError(StagecoachError):
    """It is not proved that the registry sent it. Says what is missing or wrong, never what would be right."""

    code = "proof-refused"
    title = "The delivery is not proved"
    category = Category.UNAUTHENTICATED

    def __init__(self, detail: str, *, missing: bool = False) -> None:
        super().__init__(detail)
        self.missing = missing  # no proof was given, rather than a wrong one


class UnreadableDeliveryError(StagecoachError):
    """No report of this provider. Names the place, and repeats nothing of what stands there."""

    code = "delivery-unreadable"
    title = "The delivery cannot be read"
    category = Category.INVALID

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field

    def members(self) -> Mapping[str, object]:
        return {"field": self.field} if self.field else {}

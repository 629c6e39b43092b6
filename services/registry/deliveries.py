"""The values of a delivery to a receiver: the request, and the events it reports. No `repr` shows a secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.errors import Category, StagecoachError


@dataclass(frozen=True, kw_only=True)
class Request:
    """The HTTP request of a delivery: the raw body, headers by lower-case names, the query of the URL."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, kw_only=True)
class PushedImage:
    """One tag that was pushed. Names are normalised; `digest`, `media_type` and `pushed_at` are the sender's."""

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
    """An event that reports no image push: a stable `code`, and the `reason` as a sentence."""

    code: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """A URL that the sender wants fetched before it reports anything. Its host has been validated."""

    url: str = field(repr=False)  # contains a token


@dataclass(frozen=True, kw_only=True)
class Handshake:
    """A code that the sender wants to have back before it reports anything."""

    code: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """The events of a delivery; `delivery_id` is the sender's, None where a repeated delivery has another."""

    delivery_id: str | None
    events: tuple[PushedImage | IgnoredEvent, ...]
    confirmation: Confirmation | None = None
    handshake: Handshake | None = None

    @property
    def pushed(self) -> tuple[PushedImage, ...]:
        return tuple(event for event in self.events if isinstance(event, PushedImage))


@dataclass(frozen=True, kw_only=True)
class KeyUrl:
    """The URL of the key that signed a report; `key_id` names it where the URL holds several."""

    url: str
    key_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class FetchedKeys:
    """The unparsed body of a `KeyUrl`."""

    url: str
    body: bytes = field(repr=False)


class ProofRefusedError(StagecoachError):
    """The delivery is not authenticated. The text says what is missing or wrong, never the expected value."""

    code = "proof-refused"
    title = "The delivery is not authenticated"
    category = Category.UNAUTHENTICATED

    def __init__(self, detail: str, *, missing: bool = False) -> None:
        super().__init__(detail)
        self.missing = missing  # no proof was sent, as opposed to a wrong one


class UnreadableDeliveryError(StagecoachError):
    """The delivery is not a report of this provider. The text names the place, and repeats no value."""

    code = "delivery-unreadable"
    title = "The delivery cannot be read"
    category = Category.INVALID

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field

    def members(self) -> Mapping[str, object]:
        return {"field": self.field} if self.field else {}

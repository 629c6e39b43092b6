"""Receives deliveries: checks the proof, stores the delivery with its image pushes in one statement, and answers.

It asks no registry; the worker of image pushes continues from the rows. A delivery without a valid proof is stored too,
so that a person sees why nothing happens, but without its body, and only the last ones are kept: a sender that knows an
address must not be able to fill the disk.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Protocol

import structlog

from db.errors import GoneError
from db.image_pushes import NewImagePush
from db.records.registries import ReceiverRecord
from db.transaction import Database, Transaction
from domain.stored.deliveries import ReportedEvent
from domain.stored.receivers import ReceiverSettings
from domain.words import DeliveryFate, ImagePushOrigin, Provider
from services.errors import NotFoundError, TooManyRequestsError
from services.net.rate_limit import RateLimiter
from services.registry.deliveries import (
    Confirmation,
    FetchedKeys,
    Handshake,
    IgnoredEvent,
    KeyUrl,
    Parsed,
    ProofRefusedError,
    PushedImage,
    Request,
    UnreadableDeliveryError,
)
from services.registry.formats import FORMATS, Format

_log = structlog.get_logger(__name__)

_BURST, _A_SECOND = 2000, 300.0  # deliveries of one receiver, in one process
_AT_ONCE = 4  # database connections for deliveries: a flood of them leaves the others to the rest of the service
_MOST_IMAGES = 500  # in one report
_MOST_EVENTS = 200  # of a report that are stored
_NO_NEWS = "It was signed and delivered before, or is older than a report before it: it deploys nothing."
_REPEATED_WITHIN = timedelta(minutes=10)
_REJECTED_BURST, _REJECTED_A_SECOND = 50, 1.0  # rejected deliveries of one receiver that are stored
_REJECTED_KEPT = 200
RECEIVER_ID = re.compile(r"[A-Za-z0-9_-]{24,64}")
_PLAIN_KEY = re.compile(r"[!-~]{1,200}")

# They repeat a refused delivery without end, or disable the webhook after a few refusals, so they always get a success.
_ALWAYS_ACCEPTED = frozenset({Provider.GOOGLE, Provider.DISTRIBUTION, Provider.GITLAB, Provider.QUAY})


class TooManyDeliveriesError(TooManyRequestsError):
    """The receiver gets more deliveries a second than it accepts."""

    code = "too-many-deliveries"
    title = "Too many deliveries"


class Keys(Protocol):
    """Source of the public keys that some providers sign with. It fetches from allowed addresses only."""

    async def fetch(self, url: KeyUrl) -> FetchedKeys: ...

    async def confirm(self, confirmation: Confirmation) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Received:
    """The answer to the sender of a delivery."""

    delivery: str
    fate: DeliveryFate
    code: str | None
    reason: str | None
    images: tuple[str, ...]
    handshake: Handshake | None = None


@dataclass(frozen=True, kw_only=True)
class _Delivery:
    """A delivery before it is stored."""

    receiver: ReceiverRecord
    fate: DeliveryFate
    code: str | None = None
    reason: str | None = None
    provider_key: str | None = None
    signed_key: str | None = None
    events: tuple[PushedImage | IgnoredEvent, ...] = ()
    headers: Mapping[str, str] | None = None
    body: str | None = None

    async def write(self, tx: Transaction, pushes: Sequence[NewImagePush] = ()) -> str | None:
        """Store it with these image pushes, in one statement; returns its id, None if it came before.

        Raises `NotFoundError` if the receiver was just deleted.
        """
        try:
            return await tx.deliveries.add(
                self.receiver.id,
                fate=self.fate,
                provider_key=self.provider_key,
                signed_key=self.signed_key,
                code=self.code,
                reason=self.reason,
                events=[reported(event) for event in self.events[:_MOST_EVENTS]],
                headers=self.headers,
                body=self.body,
                pushes=pushes,
            )
        except GoneError:
            raise NotFoundError("receiver", self.receiver.id) from None


class Receiving:
    """Takes deliveries for receivers."""

    def __init__(
        self,
        db: Database,
        keys: Keys,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        """`clock` judges proofs, `seconds` counts what a receiver may send."""
        self._db = db
        self._keys = keys
        self._clock = clock
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._flood = RateLimiter(burst=_BURST, per_second=_A_SECOND, clock=seconds)
        self._rejected = RateLimiter(burst=_REJECTED_BURST, per_second=_REJECTED_A_SECOND, clock=seconds)

    async def receive(self, receiver_id: str, request: Request, *, receiver: ReceiverRecord | None = None) -> Received:
        """Check and store one request; returns its fate. `receiver`: where `known` has found it already.

        Raises `NotFoundError` for an unknown receiver, `ProofRefusedError`, `TooManyDeliveriesError` over the rate
        limit, `UnreadableDeliveryError`, and `KeysUnavailableError` if the provider's key cannot be fetched (the sender
        repeats).
        """
        receiver = receiver or await self.known(receiver_id)
        form, settings = FORMATS[receiver.provider], receiver.settings
        try:
            await prove(form, request, receiver, settings, self._keys, now=self._clock())
        except ProofRefusedError as error:
            await self._keep_rejected(receiver, error)
            raise
        # Only proved deliveries count: a sender without a proof must not use up the limit of the registry.
        wait = self._flood.take(receiver.id)
        if wait is not None:
            raise TooManyDeliveriesError(
                f"The receiver accepts {_A_SECOND:.0f} deliveries a second. Repeat this one in {wait} s.",
                retry_after_seconds=wait,
            )
        try:
            parsed = read(form, request, settings)
        except UnreadableDeliveryError as error:
            return await self._keep_unreadable(receiver, form, request, error)
        if parsed.confirmation is not None:
            await self._keys.confirm(parsed.confirmation)
        return await self._keep(receiver, form, request, parsed)

    def allowed_origin(self, receiver: ReceiverRecord, asked: str | None) -> str | None:
        """Who may deliver, where the receiver's provider asks before it does; None for other requests."""
        return FORMATS[receiver.provider].allowed_origin(asked)

    async def known(self, receiver_id: str) -> ReceiverRecord:
        """The receiver, for a caller that asks before it reads a request's body. Raises `NotFoundError`."""
        if not RECEIVER_ID.fullmatch(receiver_id):
            raise NotFoundError("receiver", "…")
        async with self._turns, self._db.autocommit_read() as tx:
            receiver = await tx.receivers.get(receiver_id)
        if receiver is None:
            raise NotFoundError("receiver", receiver_id)
        return receiver

    async def _keep(self, receiver: ReceiverRecord, form: Format, request: Request, parsed: Parsed) -> Received:
        since = self._clock() - _REPEATED_WITHIN
        # What is read decides whether the report is news, and a transaction would keep nobody from reporting the same.
        async with self._turns, self._db.each_alone() as tx:
            pushes = [_image_push(image, receiver) for image in dict.fromkeys(parsed.pushed)]
            delivery = _delivery_of(receiver, form, request, parsed)
            key = delivery.signed_key
            replayed = key is not None and await tx.deliveries.was_signed_before(receiver.id, key)
            # Without a digest the registry is asked as always, and a replay changes nothing.
            fresh = [
                each
                for each in pushes
                if each.digest is None or not (replayed or await tx.image_pushes.is_outdated(each))
            ]
            new = [each for each in fresh if not await tx.image_pushes.was_just_reported(each, since=since)]
            if pushes and not new:
                why = "The same images were reported a moment ago." if fresh else _NO_NEWS
                delivery = _repeated(delivery, why)
            written = await delivery.write(tx, new)
            if written is None:
                delivery = replace(
                    _repeated(delivery, "This delivery came before; the images that it reports are known."),
                    provider_key=None,
                )
                written = await delivery.write(tx)
            assert written is not None
        return replace(_received(written, delivery), handshake=parsed.handshake)

    async def _keep_unreadable(
        self, receiver: ReceiverRecord, form: Format, request: Request, error: UnreadableDeliveryError
    ) -> Received:
        delivery = _Delivery(
            receiver=receiver,
            fate=DeliveryFate.UNREADABLE,
            code=error.code,
            reason=error.detail,
            headers=form.kept(request),
            body=_text(request.body),
        )
        async with self._turns, self._db.begin() as tx:
            written = await delivery.write(tx)
            assert written is not None
        if receiver.provider in _ALWAYS_ACCEPTED:
            return _received(written, delivery)
        raise error

    async def _keep_rejected(self, receiver: ReceiverRecord, error: ProofRefusedError) -> None:
        if self._rejected.take(receiver.id) is not None:
            return
        _log.warning("a delivery was rejected", receiver=receiver.name, provider=receiver.provider)
        rejected = _Delivery(receiver=receiver, fate=DeliveryFate.REJECTED, code=error.code, reason=error.detail)
        async with self._turns, self._db.begin() as tx:
            await rejected.write(tx)
            await tx.deliveries.keep_last(receiver.id, DeliveryFate.REJECTED, number=_REJECTED_KEPT)


async def prove(
    form: Format, request: Request, receiver: ReceiverRecord, settings: ReceiverSettings, keys: Keys, *, now: datetime
) -> None:
    """Check the proof. Raises `ProofRefusedError`, or `KeysUnavailableError` if a public key cannot be fetched."""
    url = form.required_key(request, settings)
    fetched = await keys.fetch(url) if url is not None else None
    form.verify(request, secrets=receiver.secrets, settings=settings, keys=fetched, now=now)


def read(form: Format, request: Request, settings: ReceiverSettings) -> Parsed:
    """Parse the body. Raises `UnreadableDeliveryError` if it is malformed or reports more than 500 images."""
    parsed = form.parse(request, settings)
    if len(parsed.pushed) > _MOST_IMAGES:
        raise UnreadableDeliveryError(
            f"The delivery reports {len(parsed.pushed)} images; at most {_MOST_IMAGES} are accepted."
        )
    return parsed


def reported(event: PushedImage | IgnoredEvent) -> ReportedEvent:
    """A parsed event in the form that is stored and shown."""
    if isinstance(event, IgnoredEvent):
        return ReportedEvent(ignored=event.code, reason=event.reason)
    return ReportedEvent(image=str(event), digest=event.digest)


def _delivery_of(receiver: ReceiverRecord, form: Format, request: Request, parsed: Parsed) -> _Delivery:
    signed = form.signed_content(request, receiver.settings)
    delivery = _Delivery(
        receiver=receiver,
        fate=DeliveryFate.ACCEPTED,
        provider_key=_provider_key(parsed.delivery_id),
        signed_key=None if signed is None else hashlib.sha256(signed).hexdigest(),
        events=parsed.events,
        headers=form.kept(request),
        body=_text(request.body),
    )
    if parsed.handshake is not None:
        reason = "The sender asked whether the receiver wants its events, and was answered. It delivers from now on."
        return replace(delivery, fate=DeliveryFate.CONFIRMED, code="handshake", reason=reason, body=None)
    if parsed.confirmation is not None:
        reason = "The subscription was confirmed. The sender delivers from now on."
        # Its body holds an address with a token.
        return replace(delivery, fate=DeliveryFate.CONFIRMED, code="confirmed", reason=reason, body=None)
    if not parsed.pushed:
        ignored = next((event for event in parsed.events if isinstance(event, IgnoredEvent)), None)
        code, reason = (ignored.code, ignored.reason) if ignored else ("empty", "The delivery reports no image.")
        return replace(delivery, fate=DeliveryFate.IGNORED, code=code, reason=reason)
    return delivery


def _repeated(delivery: _Delivery, reason: str) -> _Delivery:
    return replace(delivery, fate=DeliveryFate.REPEATED, code="repeated", reason=reason, body=None)


def _image_push(image: PushedImage, receiver: ReceiverRecord) -> NewImagePush:
    return NewImagePush(
        repository=image.name,
        tag=image.tag,
        digest=image.digest,
        origin=ImagePushOrigin.WEBHOOK,
        media_type=image.media_type,
        pushed_at=image.pushed_at,
        application_id=receiver.application_id,
    )


def _received(written: str, delivery: _Delivery) -> Received:
    return Received(
        delivery=written,
        fate=delivery.fate,
        code=delivery.code,
        reason=delivery.reason,
        images=tuple(str(event) for event in delivery.events if isinstance(event, PushedImage)),
    )


def _provider_key(delivery_id: str | None) -> str | None:
    """The sender's own id if it is short and printable ASCII, else a hash of it."""
    if delivery_id is None or _PLAIN_KEY.fullmatch(delivery_id):
        return delivery_id
    return "sha256:" + hashlib.sha256(delivery_id.encode("utf-8", "surrogatepass")).hexdigest()


def _text(body: bytes) -> str | None:
    """The body as text; None if it is not UTF-8, and so cannot be shown or tested again."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None

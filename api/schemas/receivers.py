"""Receivers, deliveries and providers in the contract. A secret is in exactly one answer: the one that makes it."""

from typing import Any, Self

from pydantic import Field

from api.schemas.base import Input, Moment, Name, Output, PageRead, ResourceRead, Text
from domain.words import DeliveryFate, Provider, Verdict
from services.pushes.receiver_trial import ProofGiven, Sample, Trial
from services.pushes.receivers import DeliveryView, IssuedSecret, NewReceiver, ReceiverChanges, ReceiverView
from services.pushes.receiving import Received
from services.registry.deliveries import IgnoredEvent, PushedImage
from services.registry.formats import Format
from services.registry.proof import ProofKind
from services.registry.settings import ReceiverSettings

_DAY = 86_400


class ReceiverSettingsInput(Input):
    """How a receiver is set up. Which of these its provider uses, and needs, `GET /providers` says."""

    registry: Text | None = Field(
        None, max_length=300, description="The host in images' names, instead of what reports say."
    )
    repositories: dict[Text, Text] | None = Field(
        None,
        max_length=100,
        description="A repository's key in reports → the registry and path that images' names have before it.",
        examples=[{"docker-local": "registry.example.com/docker-local"}],
    )
    signed: bool | None = Field(
        None, strict=True, description="The secret signs each report, instead of standing in it."
    )
    header: Text | None = Field(None, max_length=64, description="The header in which the secret comes.")
    username: Text | None = Field(None, max_length=100, description="With which the secret comes as the password.")
    topics: list[Text] | None = Field(None, max_length=100, description="ARNs of the Amazon SNS topics that report.")
    audience: Text | None = Field(None, max_length=500, description="The audience of Google's tokens.")
    service_account: Text | None = Field(None, max_length=256, description="The Google account whose tokens count.")

    def to_settings(self) -> ReceiverSettings:
        return ReceiverSettings.from_json(self.model_dump(exclude_none=True), where="settings")


class ReceiverSettingsRead(Output):
    """How a receiver is set up; null and empty where not at all."""

    registry: str | None
    repositories: dict[str, str]
    signed: bool
    header: str | None
    username: str | None
    topics: list[str]
    audience: str | None
    service_account: str | None


class ReceiverCreate(Input):
    """A receiver for a registry's reports."""

    name: Text = Field(min_length=1, max_length=100, pattern=r"\S", examples=["Harbor of the shop team"])
    provider: Provider
    application: Name | None = Field(None, description="The only one that it reports for; all, where left out.")
    settings: ReceiverSettingsInput = ReceiverSettingsInput()

    def to_new(self) -> NewReceiver:
        return NewReceiver(
            name=self.name, provider=self.provider, application=self.application, settings=self.settings.to_settings()
        )


class ReceiverUpdate(Input):
    """What to change; members left out stay. `application` null makes it report for all."""

    name: Text | None = Field(None, min_length=1, max_length=100, pattern=r"\S")
    application: Name | None = None
    settings: ReceiverSettingsInput | None = Field(None, description="All of them: those left out are not set then.")

    def to_changes(self) -> ReceiverChanges:
        return ReceiverChanges(
            name=self.name,
            application=self.application,
            to_all="application" in self.model_fields_set and self.application is None,
            settings=self.settings.to_settings() if self.settings is not None else None,
        )


class ReceiverRotate(Input):
    """How to replace the secret."""

    keep_former_seconds: int = Field(
        _DAY,
        ge=0,
        le=30 * _DAY,
        strict=True,
        description="For how long the former secret counts as well; 0 ends it at once.",
    )


class ProofRead(Output):
    """How the provider proves where a report comes from."""

    kind: ProofKind
    sentence: str
    weak: bool = Field(description="Whoever sees one report, or the address, can send others.")
    lacks: str | None = Field(description="What it does not protect from.")


class ProviderRead(Output):
    """A kind of registry, and how it is told to report."""

    provider: Provider
    title: str = Field(examples=["Docker Hub"])
    proof: ProofRead
    needs_secret: bool = Field(description="Whether a secret is shared with it; else it signs by a key of its own.")
    secret_in_address: bool
    settings: list[str] = Field(description="The settings of a receiver that it uses.")
    needs: list[list[str]] = Field(description="Of each of these groups of settings one has to be given.")
    setup: list[str] = Field(description="Steps for people. `{address}` and `{secret}` are a receiver's.")

    @classmethod
    def of(cls, form: Format) -> Self:
        return cls(
            provider=form.provider,
            title=form.title,
            proof=ProofRead.reading(form.proof),
            needs_secret=form.proof.needs_secret,
            secret_in_address=form.proof.secret_in_address,
            settings=list(form.settings),
            needs=[list(choice) for choice in form.needs],
            setup=list(form.setup),
        )


class ProvidersRead(Output):
    """All kinds of registries that can report."""

    items: list[ProviderRead]


class ReceiverRead(Output):
    """Where a registry reports, and what comes of it. Never a secret."""

    id: str
    name: str
    provider: Provider
    title: str = Field(description="The provider's name, for people.")
    application: str | None = Field(description="The only one that it reports for; null for all.")
    settings: ReceiverSettingsRead
    address: str = Field(
        description="Absolute where the service knows its own address (`STAGECOACH_PUBLIC_URL`), else a path."
    )
    weak: bool
    lacks: str | None
    former_until: Moment | None = Field(description="Until when the former secret counts as well.")
    last_delivery_at: Moment | None
    last_delivery_fate: DeliveryFate | None = Field(
        description="What became of that one, as far as it is decided: `accepted` may turn into `unmatched`."
    )
    deliveries_24h: dict[str, int] = Field(description="How many came within a day, by fate.")
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, view: ReceiverView) -> Self:
        return cls.model_validate(_receiver(view))


class ReceiverPage(PageRead[ReceiverRead]):
    """Receivers, by name."""


class ReceiverIssued(ReceiverRead):
    """A receiver with its new secret: no other answer ever holds it."""

    secret: str | None = Field(description="Null where the provider proves itself by a key of its own.")
    full_address: str = Field(description="What to enter at the registry: with `?key=…` where it can do nothing else.")
    setup: list[str] = Field(description="How to, ready to copy.")

    @classmethod
    def issued(cls, issued: IssuedSecret) -> Self:
        return cls.model_validate(
            {
                **_receiver(issued.view),
                "secret": issued.secret,
                "full_address": issued.full_address,
                "setup": issued.setup,
            }
        )


class ReportedEvent(Output):
    """One thing that a delivery reports: an image, or something that is not for us, and why."""

    image: str | None = Field(examples=["registry.example.com/shop/web:1.4.2"])
    digest: str | None
    ignored: str | None = Field(description="Why it is not for us, for programs.", examples=["pull"])
    reason: str | None

    @classmethod
    def of(cls, event: PushedImage | IgnoredEvent) -> Self:
        if isinstance(event, IgnoredEvent):
            return cls(image=None, digest=None, ignored=event.code, reason=event.reason)
        return cls(image=str(event), digest=event.digest, ignored=None, reason=None)

    @classmethod
    def stored(cls, event: dict[str, Any]) -> Self:
        return cls(**{name: event.get(name) for name in ("image", "digest", "ignored", "reason")})


class DeliveryRead(Output):
    """One request that came to a receiver, and what became of it."""

    id: str
    received_at: Moment
    fate: DeliveryFate
    code: str | None
    reason: str | None
    provider_id: str | None = Field(description="The sender's own id, by which a repetition is known.")
    images: list[str]
    events: list[ReportedEvent] = Field(description="What was understood; of very many, the first ones.")
    image_pushes: list[int] = Field(description="The numbers of the pushed images that it brought.")
    kept: bool = Field(description="Whether its body is kept, so that it can be looked at and tried again.")

    @classmethod
    def of(cls, view: DeliveryView) -> Self:
        return cls.model_validate(_delivery(view))


class DeliveryPage(PageRead[DeliveryRead]):
    """Deliveries, the newest first."""


class DeliveryDetail(DeliveryRead):
    """A delivery with what was kept of it: never with a proof."""

    headers: dict[str, str]
    body: str | None

    @classmethod
    def detailed(cls, view: DeliveryView) -> Self:
        return cls.model_validate({**_delivery(view), "headers": view.record.headers, "body": view.body})


class DeliveryReceived(Output):
    """What a sender is told."""

    delivery: str
    fate: DeliveryFate
    code: str | None
    reason: str | None
    images: list[str]

    @classmethod
    def of(cls, received: Received) -> Self:
        return cls.reading(received)


class ReceiverTest(Input):
    """A request as it would come, or a delivery that came."""

    body: Text | None = Field(None, max_length=1024 * 1024)
    headers: dict[Text, Text] = Field(default_factory=dict, max_length=100)
    query: dict[Text, Text] = Field(
        default_factory=dict,
        max_length=100,
        description="What the address has after `?`: with the `key` in it, where that is the proof.",
    )
    delivery: str | None = Field(None, max_length=100, description="The id of one whose body is kept.")

    def to_sample(self) -> Sample:
        return Sample(body=self.body or "", headers=self.headers, query=self.query, delivery=self.delivery)


class ProofTried(Output):
    """The proof that is needed, and the one that was given."""

    kind: ProofKind
    sentence: str
    given: ProofGiven
    detail: str | None = Field(description="What is missing or wrong; never what would be right.")


class EffectRead(Output):
    """What would become of an image in one container."""

    image: str
    application: str
    environment: str
    workload: ResourceRead
    container: str
    verdict: Verdict
    rule: str | None = Field(description="The rule that decided, for programs.")
    reason: str | None
    would_deploy: bool


class ReceiverTested(Output):
    """What a delivery would come to. Nothing was changed."""

    proof: ProofTried
    events: list[ReportedEvent]
    unreadable: str | None = Field(description="Why nothing could be understood.")
    environments: list[EffectRead] = Field(description="Empty where nothing runs what it reports.")

    @classmethod
    def of(cls, trial: Trial) -> Self:
        proof = trial.form.proof
        return cls(
            proof=ProofTried(kind=proof.kind, sentence=proof.sentence, given=trial.given, detail=trial.detail),
            events=[ReportedEvent.of(event) for event in trial.events],
            unreadable=trial.unreadable,
            environments=[EffectRead.reading(effect) for effect in trial.effects],
        )


def _receiver(view: ReceiverView) -> dict[str, Any]:
    proof, traffic = view.format.proof, view.traffic
    return {
        **{name: getattr(view.record, name) for name in ("id", "name", "provider", "application", "former_until")},
        "title": view.format.title,
        "settings": ReceiverSettings.from_json(view.record.settings),
        "address": view.address,
        "weak": proof.weak,
        "lacks": proof.lacks,
        "last_delivery_at": traffic.last_at,
        "last_delivery_fate": traffic.last_fate,
        "deliveries_24h": {fate.value: traffic.counts.get(fate, 0) for fate in DeliveryFate},
        "created_at": view.record.created_at,
        "updated_at": view.record.updated_at,
    }


def _delivery(view: DeliveryView) -> dict[str, Any]:
    record = view.record
    return {
        **{name: getattr(record, name) for name in ("id", "received_at", "fate", "code", "reason", "kept")},
        "provider_id": record.provider_key,
        "images": [event["image"] for event in record.events if "image" in event],
        "events": [ReportedEvent.stored(event) for event in record.events],
        "image_pushes": view.image_pushes,
    }

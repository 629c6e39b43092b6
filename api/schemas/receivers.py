"""Receivers, deliveries and providers in the contract. Only the response that creates a secret shows it."""

from typing import Any, Self

from pydantic import Field

from api.schemas.base import Input, Moment, Name, Output, PageRead, ResourceRead, Text
from domain.stored.receivers import ReceiverSettings
from domain.words import DeliveryFate, Provider, Verdict
from services.pushes.receiver_trial import ProofGiven, Sample, Trial
from services.pushes.receivers import DeliveryView, IssuedSecret, NewReceiver, ReceiverChanges, ReceiverView
from services.pushes.receiving import Received, reported
from services.registry.formats import Format
from services.registry.proof import ProofKind
from services.registry.settings import parse_settings

_DAY = 86_400


class ReceiverSettingsInput(Input):
    """The settings of a receiver. `GET /providers` says which of them a provider uses and needs."""

    registry: Text | None = Field(
        None, max_length=300, description="The host in image references, if deliveries name another one."
    )
    repositories: dict[Text, Text] | None = Field(
        None,
        max_length=100,
        description="By the repository's key in deliveries: the registry and path before it in image references.",
        examples=[{"docker-local": "registry.example.com/docker-local"}],
    )
    signed: bool | None = Field(
        None, strict=True, description="The secret signs each delivery instead of being sent in it."
    )
    header: Text | None = Field(None, max_length=64, description="The header that holds the secret.")
    username: Text | None = Field(
        None, max_length=100, description="The user name, if the secret is sent as a password."
    )
    topics: list[Text] | None = Field(
        None, max_length=100, description="ARNs of the Amazon SNS topics whose messages are accepted."
    )
    audience: Text | None = Field(None, max_length=500, description="The audience of Google's tokens.")
    service_account: Text | None = Field(
        None, max_length=256, description="The Google service account whose tokens are accepted."
    )

    def to_settings(self) -> ReceiverSettings:
        return parse_settings(self.model_dump(exclude_none=True))


class ReceiverSettingsRead(Output):
    """The settings of a receiver; null or empty if not set."""

    registry: str | None
    repositories: dict[str, str]
    signed: bool
    header: str | None
    username: str | None
    topics: list[str]
    audience: str | None
    service_account: str | None


class ReceiverCreate(Input):
    """A receiver to create."""

    name: Text = Field(min_length=1, max_length=100, pattern=r"\S", examples=["Harbor of the shop team"])
    provider: Provider
    application: Name | None = Field(None, description="The application that it reports for; all if left out.")
    settings: ReceiverSettingsInput = ReceiverSettingsInput()

    def to_new(self) -> NewReceiver:
        return NewReceiver(
            name=self.name, provider=self.provider, application=self.application, settings=self.settings.to_settings()
        )


class ReceiverUpdate(Input):
    """What to change; members that are left out keep their values. `application` null: all applications."""

    name: Text | None = Field(None, min_length=1, max_length=100, pattern=r"\S")
    application: Name | None = None
    settings: ReceiverSettingsInput | None = Field(
        None, description="Replaces all settings: those that are left out are unset."
    )

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
        description="How long the previous secret stays valid; 0 ends it at once.",
    )


class ProofRead(Output):
    """How the provider proves the origin of a delivery."""

    kind: ProofKind
    sentence: str
    weak: bool = Field(description="Whether a reader of one delivery, or of the address, can forge others.")
    lacks: str | None = Field(description="What the proof does not protect from.")


class ProviderRead(Output):
    """A kind of registry, and how to configure it."""

    provider: Provider
    title: str = Field(examples=["Docker Hub"])
    proof: ProofRead
    needs_secret: bool = Field(description="Whether it shares a secret; otherwise it signs with its own key.")
    secret_in_address: bool
    settings: list[str] = Field(description="The receiver settings that it uses.")
    needs: list[list[str]] = Field(description="Groups of settings: at least one of each group is required.")
    setup: list[str] = Field(description="Steps, with `{address}` and `{secret}` in place of the receiver's.")

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
    """All kinds of registries that can send deliveries."""

    items: list[ProviderRead]


class ReceiverRead(Output):
    """A receiver and figures of its deliveries, never with its secret."""

    id: str
    name: str
    provider: Provider
    title: str = Field(description="The provider's display name.")
    application: str | None = Field(description="The application that it reports for; null: all.")
    settings: ReceiverSettingsRead
    address: str = Field(description="Absolute if `STAGECOACH_PUBLIC_URL` is set, otherwise a path.")
    weak: bool
    lacks: str | None
    former_until: Moment | None = Field(description="Until when the previous secret is valid.")
    last_delivery_at: Moment | None
    last_delivery_fate: DeliveryFate | None = Field(
        description="The fate of that delivery; `accepted` can still become `unmatched`, `ignored` or `repeated`."
    )
    deliveries_24h: dict[str, int] = Field(description="The number of deliveries in the last 24 hours, by fate.")
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, view: ReceiverView) -> Self:
        return cls.model_validate(_receiver(view))


class ReceiverPage(PageRead[ReceiverRead]):
    """Receivers, by name."""


class ReceiverIssued(ReceiverRead):
    """A receiver with its new secret, which no other response shows."""

    secret: str | None = Field(description="Null if the provider signs with its own key.")
    full_address: str = Field(
        description="The address to enter at the registry, with `?key=…` if it supports no other proof."
    )
    setup: list[str] = Field(description="The steps to configure the registry, ready to copy.")

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
    """One event in a delivery: an image, or an ignored event and the reason."""

    image: str | None = Field(examples=["registry.example.com/shop/web:1.4.2"])
    digest: str | None
    ignored: str | None = Field(description="Why it is ignored, for programs.", examples=["pull"])
    reason: str | None


class DeliveryRead(Output):
    """One request to a receiver, and its fate."""

    id: str
    received_at: Moment
    fate: DeliveryFate
    code: str | None
    reason: str | None
    provider_id: str | None = Field(description="The sender's id, by which repetitions are recognised.")
    images: list[str]
    events: list[ReportedEvent] = Field(description="The parsed events, at most the first 200.")
    image_pushes: list[int] = Field(description="The push numbers of the images that it reported.")
    kept: bool = Field(description="Whether its body is stored, so that it can be shown and tested again.")

    @classmethod
    def of(cls, view: DeliveryView) -> Self:
        return cls.model_validate(_delivery(view))


class DeliveryPage(PageRead[DeliveryRead]):
    """Deliveries, the newest first."""


class DeliveryDetail(DeliveryRead):
    """A delivery with its stored headers and body, never with its proof."""

    headers: dict[str, str]
    body: str | None

    @classmethod
    def detailed(cls, view: DeliveryView) -> Self:
        return cls.model_validate({**_delivery(view), "headers": view.record.headers, "body": view.body})


class DeliveryReceived(Output):
    """The response to a sender."""

    delivery: str
    fate: DeliveryFate
    code: str | None
    reason: str | None
    images: list[str]

    @classmethod
    def of(cls, received: Received) -> Self:
        return cls.reading(received)


class ReceiverTest(Input):
    """A request to test, or a stored delivery."""

    body: Text | None = Field(None, max_length=1024 * 1024)
    headers: dict[Text, Text] = Field(default_factory=dict, max_length=100)
    query: dict[Text, Text] = Field(
        default_factory=dict,
        max_length=100,
        description="The query parameters of the address, with `key` if that is the proof.",
    )
    delivery: str | None = Field(None, max_length=100, description="The id of a delivery whose body is stored.")

    def to_sample(self) -> Sample:
        return Sample(body=self.body or "", headers=self.headers, query=self.query, delivery=self.delivery)


class ProofTried(Output):
    """The proof that is required, and the one that was given."""

    kind: ProofKind
    sentence: str
    given: ProofGiven
    detail: str | None = Field(description="What is missing or wrong, never the expected value.")


class EffectRead(Output):
    """The verdict that an image would get for one container."""

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
    """The result of a dry run. Nothing was written."""

    proof: ProofTried
    events: list[ReportedEvent]
    unreadable: str | None = Field(description="Why the body cannot be parsed.")
    environments: list[EffectRead] = Field(description="Empty if no app environment runs a reported repository.")

    @classmethod
    def of(cls, trial: Trial) -> Self:
        proof = trial.form.proof
        return cls(
            proof=ProofTried(kind=proof.kind, sentence=proof.sentence, given=trial.given, detail=trial.detail),
            events=[ReportedEvent.reading(reported(event)) for event in trial.events],
            unreadable=trial.unreadable,
            environments=[EffectRead.reading(effect) for effect in trial.effects],
        )


def _receiver(view: ReceiverView) -> dict[str, Any]:
    proof, traffic = view.format.proof, view.traffic
    return {
        **{name: getattr(view.record, name) for name in ("id", "name", "provider", "application", "former_until")},
        "title": view.format.title,
        "settings": view.record.settings,
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
        "images": [event.image for event in record.events if event.image is not None],
        "events": record.events,
        "image_pushes": view.image_pushes,
    }

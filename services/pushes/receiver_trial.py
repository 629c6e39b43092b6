"""Dry run of a delivery: whether its proof is valid, what it reports, and what would be deployed. Writes nothing.

The planner that judges image pushes judges the reported images, with the present facts, as if they were pushed last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from db.records.inventory import AppEnvironmentRecord
from db.records.registries import ReceiverRecord
from db.transaction import Database, Transaction
from db.verdicts import NewVerdict
from domain.grants import Actor
from domain.images import ContainerKey
from domain.resources import ResourceId
from domain.rights import Right
from domain.stored.receivers import ReceiverSettings
from domain.words import Verdict
from services.errors import InvalidRequestError, NotFoundError
from services.planning.policies.push_decision import UNVERIFIED, decide
from services.planning.policies.values import ImagePush, JudgedPush, PushFacts, Running
from services.pushes.judging import PoliciesUnreadableError, deployable, push_facts, running_in
from services.pushes.receivers import admitted_receiver
from services.pushes.receiving import Keys, prove, read
from services.reading.registry_access import split_repository
from services.registry.deliveries import IgnoredEvent, ProofRefusedError, PushedImage, Request, UnreadableDeliveryError
from services.registry.formats import FORMATS, Format

_AFTER_ALL = 2**62  # larger than any push number
_LOOKED_UP = "sha256:looked-up"  # in place of the digest that the registry would answer
_KEPT = "The proof was valid when the delivery came; it is not stored with it."


class ProofGiven(StrEnum):
    """Whether the tested request has a proof of its origin, and whether the receiver accepts it."""

    NONE = "none"
    VALID = "valid"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The request to test, or the id of a stored delivery."""

    body: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    delivery: str | None = None


@dataclass(frozen=True, kw_only=True)
class Effect:
    """The verdict that an image would get for one container; `rule` and `reason` say why it would not run there."""

    image: str
    application: str
    environment: str
    workload: ResourceId
    container: str
    verdict: Verdict
    rule: str | None
    reason: str | None
    would_deploy: bool


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The result of a dry run. `unreadable`: why the body cannot be parsed; `effects` has one entry a container."""

    form: Format
    given: ProofGiven
    detail: str | None
    events: tuple[PushedImage | IgnoredEvent, ...]
    unreadable: str | None
    effects: tuple[Effect, ...]


class ReceiverTrial:
    """Runs deliveries dry."""

    def __init__(self, db: Database, keys: Keys, *, believed: frozenset[str] = frozenset()) -> None:
        """`believed`: as for `TagResolution`."""
        self._db = db
        self._keys = keys
        self._believed = believed

    async def attempt(self, receiver_id: str, sample: Sample, *, actor: Actor) -> Trial:
        """Run a request or a stored delivery dry.

        Raises `NotFoundError` for an unknown receiver or delivery, `InvalidRequestError` if its body is not kept.
        """
        receiver, request = await self._request(actor, receiver_id, sample)
        form, settings = FORMATS[receiver.provider], receiver.settings
        given: ProofGiven = ProofGiven.NONE
        detail: str | None = _KEPT
        if sample.delivery is None:
            given, detail = await self._proof(form, request, receiver, settings)
        events: tuple[PushedImage | IgnoredEvent, ...] = ()
        unreadable = None
        try:
            events = read(form, request, settings).events
        except UnreadableDeliveryError as error:
            unreadable = error.detail
        pushed = tuple(dict.fromkeys(event for event in events if isinstance(event, PushedImage)))
        async with self._db.read() as tx:
            effects = await _effects(tx, receiver, pushed, believed=self._believed)
        return Trial(form=form, given=given, detail=detail, events=events, unreadable=unreadable, effects=effects)

    async def _request(self, actor: Actor, receiver_id: str, sample: Sample) -> tuple[ReceiverRecord, Request]:
        async with self._db.read() as tx:
            receiver = await admitted_receiver(tx, actor, Right.MAINTAIN, receiver_id)
            if sample.delivery is None:
                headers = {name.lower(): value for name, value in sample.headers.items()}
                return receiver, Request(body=sample.body.encode(), headers=headers, query=sample.query)
            delivery = await tx.deliveries.get(receiver.id, sample.delivery)
            if delivery is None:
                raise NotFoundError("delivery", sample.delivery)
            body = await tx.deliveries.body(delivery.id)
        if body is None:
            raise InvalidRequestError(
                f"The body of a delivery that was {delivery.fate} is not kept. Send a body instead.",
                field="body.delivery",
            )
        return receiver, Request(body=body.encode(), headers=delivery.headers)

    async def _proof(
        self, form: Format, request: Request, receiver: ReceiverRecord, settings: ReceiverSettings
    ) -> tuple[ProofGiven, str | None]:
        try:
            await prove(form, request, receiver, settings, self._keys, now=datetime.now(UTC))
        except ProofRefusedError as error:
            return ProofGiven.NONE if error.missing else ProofGiven.REFUSED, error.detail
        return ProofGiven.VALID, None


async def _effects(
    tx: Transaction, receiver: ReceiverRecord, pushed: Sequence[PushedImage], *, believed: frozenset[str]
) -> tuple[Effect, ...]:
    stored = await tx.registries.all()
    asked = {image.registry for image in pushed if image.registry in stored or image.registry not in believed}
    image_pushes = {
        _AFTER_ALL + number: ImagePush(
            push=_AFTER_ALL + number,
            repository=image.name,
            tag=image.tag,
            digest=image.digest or (_LOOKED_UP if image.registry in asked else None),
        )
        for number, image in enumerate(pushed)
    }
    matching = await tx.running_images.taking_any_of([each.repository for each in image_pushes.values()])
    targets = await tx.app_environments.some(matching)
    effects: list[Effect] = []
    for target_id, target in targets.items():
        if receiver.application_id in {None, target.application.id}:
            mine = [each for each in image_pushes.values() if each.repository in matching[target_id]]
            try:
                supposed = replace(await push_facts(tx, target), image_pushes=tuple(mine))
            except PoliciesUnreadableError as error:
                running = await running_in(tx, target)
                effects += _effects_of_unreadable(target, running, mine, error)
                continue
            facts, refused = deployable(target, supposed)
            decision = decide(facts)
            deployed = {(each.image_push.push, each.container.key) for each in decision.next}
            for judged in (*(_refused(supposed, image_pushes, each) for each in refused), *decision.verdicts):
                if judged.push in image_pushes:
                    effects += _effects_of(target, image_pushes[judged.push], judged, deployed)
    unproved = asked.difference(stored)
    told = (_if_confirmed(effect) if split_repository(effect.image)[0] in unproved else effect for effect in effects)
    return tuple(sorted(told, key=lambda each: (each.image, each.application, each.environment)))


def _if_confirmed(effect: Effect) -> Effect:
    """The effect of an image at a registry that is not stored, of which only its answer decides."""
    if effect.verdict not in {Verdict.PENDING, Verdict.OFFERED}:
        return effect
    host, _ = split_repository(effect.image)
    reason = (
        f"{host} is not stored as a registry. It is asked without a credential, and on auto this is deployed only if "
        "it confirms that it is an image. Store it, with a credential that may pull there, to be sure."
    )
    return replace(effect, rule=UNVERIFIED, reason=reason, would_deploy=False)


def _refused(facts: PushFacts, image_pushes: Mapping[int, ImagePush], verdict: NewVerdict) -> JudgedPush:
    """The refusal of an image of unknown digest, for each container that runs its repository."""
    image_push = image_pushes.get(verdict.push)
    return JudgedPush(
        push=verdict.push,
        verdict=verdict.verdict,
        containers=tuple(each.container for each in facts.running if image_push is not None and each.takes(image_push)),
        code=verdict.code,
        reason=verdict.reason,
    )


def _effects_of_unreadable(
    target: AppEnvironmentRecord,
    running: Sequence[Running],
    image_pushes: Sequence[ImagePush],
    error: PoliciesUnreadableError,
) -> list[Effect]:
    """The refusals in an app environment whose stored policies cannot be read."""
    effects: list[Effect] = []
    for image_push in image_pushes:
        judged = JudgedPush(
            push=image_push.push,
            verdict=Verdict.REFUSED,
            containers=tuple(each.container for each in running if each.takes(image_push)),
            code=error.code,
            reason=error.detail,
        )
        effects += _effects_of(target, image_push, judged, set())
    return effects


def _effects_of(
    target: AppEnvironmentRecord, image_push: ImagePush, judged: JudgedPush, deployed: set[tuple[int, ContainerKey]]
) -> list[Effect]:
    return [
        Effect(
            image=f"{image_push.repository}:{image_push.tag}",
            application=target.application.name,
            environment=target.environment.name,
            workload=container.workload,
            container=container.container,
            verdict=judged.verdict,
            rule=judged.code,
            reason=judged.reason,
            would_deploy=(judged.push, container.key) in deployed,
        )
        for container in judged.containers
    ]

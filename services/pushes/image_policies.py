"""Which pushed images an app environment takes, and whether it deploys them by itself: looked at before it is set."""

from dataclasses import dataclass, replace
from typing import Any

from db.records import AppEnvironmentRecord, ArrivalRecord
from db.transaction import Database, Transaction
from domain.words import ArrivalState, DeployMode, Verdict
from services.errors import InvalidRequestError
from services.planning.policies.decision import after_switch, decide, preview
from services.planning.policies.parsing import PolicyError, parse_policies
from services.planning.policies.tags import ImagePolicies
from services.planning.policies.values import Arrived, NewImage, TagPreview
from services.pushes.judging import arrived_of, gather, judge, running_of, without_unknown_digests
from services.reading.app_environments import app_environment

_KNOWN = 500  # tags of all repositories together
_RECONSIDERED = 200  # arrivals that former policies refused


@dataclass(frozen=True, kw_only=True)
class ModePreview:
    """What an app environment would do in a deploy mode: `next` is what it would deploy at once."""

    deploy_mode: DeployMode
    sentence: str
    next: tuple[NewImage, ...]
    offered: tuple[NewImage, ...]


class ImagePolicyBook:
    """Image policies and deploy modes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def read(self, application: str, environment: str) -> ImagePolicies:
        """Raises `NotFoundError`."""
        async with self._db.read() as tx:
            place = await app_environment(tx, application, environment)
        return parse_policies(place.image_policies)

    async def put(self, application: str, environment: str, rules: list[dict[str, Any]]) -> ImagePolicies:
        """These rules and no others from now on; what waits, and what was refused last, is judged by them at once.

        Raises `NotFoundError`, `InvalidRequestError`.
        """
        policies = _parsed(rules)
        async with self._db.begin() as tx:
            place = await app_environment(tx, application, environment)
            place = await tx.app_environments.change(
                place.application.id, place.environment.id, image_policies=policies.to_json()
            )
            await judge(tx, place, await _refused(tx, place))
            await tx.arrivals.ring()
        return policies

    async def preview(
        self, application: str, environment: str, rules: list[dict[str, Any]], *, tags: tuple[str, ...]
    ) -> tuple[TagPreview, ...]:
        """What these rules would make of the tags that are known, and of `tags`, as if those were pushed now.

        Raises `NotFoundError`, `InvalidRequestError`.
        """
        policies = _parsed(rules)
        async with self._db.read() as tx:
            place = await app_environment(tx, application, environment)
            running = running_of(await tx.running_images.of(place.id)) if place.id else ()
            repositories = tuple(dict.fromkeys(each.repository for each in running))
            known = await tx.known_tags.newest(repositories, application_id=place.application.id, limit=_KNOWN)
        last = max((each.push for each in known), default=0)
        supposed = [
            Arrived(push=last + number, repository=repository, tag=tag)
            for number, tag in enumerate(tags, start=1)
            for repository in repositories
        ]
        there = {(each.repository, each.tag) for each in supposed}
        arrived = [arrived_of(each) for each in known if (each.repository, each.tag) not in there]
        return preview(policies, running, [*arrived, *supposed])

    async def preview_mode(self, application: str, environment: str, mode: DeployMode) -> ModePreview:
        """What setting the mode would start. Raises `NotFoundError`."""
        async with self._db.read() as tx:
            place = await app_environment(tx, application, environment)
            if place.id is None or not place.configured:
                sentence = f"{place.environment.name} is not configured yet: there is nothing to deploy there."
                return ModePreview(deploy_mode=mode, sentence=sentence, next=(), offered=())
            facts, _ = without_unknown_digests(place, await gather(tx, place))
        facts = replace(facts, mode=mode)
        switches = mode is DeployMode.AUTO and place.deploy_mode is not DeployMode.AUTO
        decision = after_switch(facts) if switches else decide(facts)
        return ModePreview(
            deploy_mode=mode,
            sentence=_sentence(place, mode, decision.next, decision.offered),
            next=decision.next,
            offered=decision.offered,
        )


def _parsed(rules: list[dict[str, Any]]) -> ImagePolicies:
    try:
        return parse_policies({"rules": rules})
    except PolicyError as error:
        raise InvalidRequestError(error.detail, field=f"body.{error.field}") from None


async def _refused(tx: Transaction, place: AppEnvironmentRecord) -> tuple[ArrivalRecord, ...]:
    """What the policies refused until now, as far as it is the newest of its tag."""
    assert place.id is not None
    found = await tx.verdicts.standing([place.id], [Verdict.REFUSED])
    newest: dict[tuple[str, str], ArrivalRecord] = {}
    for arrival, _ in found.get(place.id, ())[:_RECONSIDERED]:
        if arrival.state is ArrivalState.DECIDED:
            newest.setdefault((arrival.repository, arrival.tag), arrival)
    return tuple(newest.values())


def _sentence(
    place: AppEnvironmentRecord, mode: DeployMode, next_: tuple[NewImage, ...], offered: tuple[NewImage, ...]
) -> str:
    name = place.environment.name
    waiting = ", ".join(dict.fromkeys(f"{image.container.container} {image.arrived.tag}" for image in next_ or offered))
    if mode is DeployMode.MANUAL:
        told = f" {waiting} stays offered." if waiting else ""
        return f"{name} deploys nothing by itself: what is pushed is offered there.{told}"
    when = " as soon as the operation that is under way there has ended" if place.active_operation else " at once"
    told = f"It would deploy {waiting}{when}." if waiting else "Nothing waits to be deployed now."
    return f"{name} deploys by itself what is pushed and its policies take; nothing can be promoted into it. {told}"

"""Which pushed images an app environment takes, and whether it deploys them by itself: looked at before it is set."""

from dataclasses import dataclass, replace
from typing import Any

from db.records import AppEnvironmentRecord, ImagePushRecord
from db.transaction import Database, Transaction
from domain.words import DeployMode, ImagePushState, Verdict
from services.errors import InvalidRequestError
from services.planning.policies.parsing import PolicyError, parse_policies
from services.planning.policies.push_decision import decide, decide_after_switch, preview
from services.planning.policies.tags import ImagePolicies
from services.planning.policies.values import ImagePush, NewImage, TagPreview
from services.pushes.judging import gather, image_push_of, judge, running_of, without_unknown_digests
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
            target = await app_environment(tx, application, environment)
        return parse_policies(target.image_policies)

    async def put(self, application: str, environment: str, rules: list[dict[str, Any]]) -> ImagePolicies:
        """These rules and no others from now on; what waits, and what was refused last, is judged by them at once.

        Raises `NotFoundError`, `InvalidRequestError`.
        """
        policies = _parsed(rules)
        async with self._db.begin() as tx:
            target = await app_environment(tx, application, environment)
            target = await tx.app_environments.change(
                target.application.id, target.environment.id, image_policies=policies.to_json()
            )
            await judge(tx, target, await _refused(tx, target))
            await tx.image_pushes.ring()
        return policies

    async def preview(
        self, application: str, environment: str, rules: list[dict[str, Any]], *, tags: tuple[str, ...]
    ) -> tuple[TagPreview, ...]:
        """What these rules would make of the tags that are known, and of `tags`, as if those were pushed now.

        Raises `NotFoundError`, `InvalidRequestError`.
        """
        policies = _parsed(rules)
        async with self._db.read() as tx:
            target = await app_environment(tx, application, environment)
            running = running_of(await tx.running_images.of(target.id)) if target.id else ()
            repositories = tuple(dict.fromkeys(each.repository for each in running))
            known = await tx.known_tags.newest(repositories, application_id=target.application.id, limit=_KNOWN)
        last = max((each.push for each in known), default=0)
        supposed = [
            ImagePush(push=last + number, repository=repository, tag=tag)
            for number, tag in enumerate(tags, start=1)
            for repository in repositories
        ]
        there = {(each.repository, each.tag) for each in supposed}
        image_push = [image_push_of(each) for each in known if (each.repository, each.tag) not in there]
        return preview(policies, running, [*image_push, *supposed])

    async def preview_mode(self, application: str, environment: str, mode: DeployMode) -> ModePreview:
        """What setting the mode would start. Raises `NotFoundError`."""
        async with self._db.read() as tx:
            target = await app_environment(tx, application, environment)
            if target.id is None or not target.configured:
                sentence = f"{target.environment.name} is not configured yet: there is nothing to deploy there."
                return ModePreview(deploy_mode=mode, sentence=sentence, next=(), offered=())
            facts, _ = without_unknown_digests(target, await gather(tx, target))
        facts = replace(facts, mode=mode)
        switches = mode is DeployMode.AUTO and target.deploy_mode is not DeployMode.AUTO
        decision = decide_after_switch(facts) if switches else decide(facts)
        return ModePreview(
            deploy_mode=mode,
            sentence=_sentence(target, mode, decision.next, decision.offered),
            next=decision.next,
            offered=decision.offered,
        )


def _parsed(rules: list[dict[str, Any]]) -> ImagePolicies:
    try:
        return parse_policies({"rules": rules})
    except PolicyError as error:
        raise InvalidRequestError(error.detail, field=f"body.{error.field}") from None


async def _refused(tx: Transaction, target: AppEnvironmentRecord) -> tuple[ImagePushRecord, ...]:
    """What the policies refused until now, as far as it is the newest of its tag."""
    assert target.id is not None
    found = await tx.verdicts.with_verdicts([target.id], [Verdict.REFUSED])
    newest: dict[tuple[str, str], ImagePushRecord] = {}
    for image_push, _ in found.get(target.id, ())[:_RECONSIDERED]:
        if image_push.state is ImagePushState.DECIDED:
            newest.setdefault((image_push.repository, image_push.tag), image_push)
    return tuple(newest.values())


def _sentence(
    target: AppEnvironmentRecord, mode: DeployMode, next_: tuple[NewImage, ...], offered: tuple[NewImage, ...]
) -> str:
    name = target.environment.name
    waiting = ", ".join(
        dict.fromkeys(f"{image.container.container} {image.image_push.tag}" for image in next_ or offered)
    )
    if mode is DeployMode.MANUAL:
        told = f" {waiting} stays offered." if waiting else ""
        return f"{name} deploys nothing by itself: what is pushed is offered there.{told}"
    when = " as soon as the operation that is under way there has ended" if target.active_operation else " at once"
    told = f"It would deploy {waiting}{when}." if waiting else "Nothing waits to be deployed now."
    return f"{name} deploys by itself what is pushed and its policies take; nothing can be promoted into it. {told}"

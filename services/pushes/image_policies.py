"""Image policies of app environments, and previews of policies and deploy modes. Previews write nothing."""

from dataclasses import dataclass, replace

from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database
from domain.grants import Actor, MaintainGrant, ViewGrant
from domain.words import DeployMode
from services.planning.policies.push_decision import decide, decide_after_switch, preview
from services.planning.policies.tags import ImagePolicies
from services.planning.policies.values import ImagePush, NewImage, TagPreview
from services.pushes.judging import (
    deployable,
    held_pushes,
    image_push_of,
    judge,
    push_facts,
    refused_pushes,
    running_in,
    stored_policies,
)
from services.reading.app_environments import app_environment
from services.reading.audit_entries import changed, of_app_environment
from services.reading.permissions import Permissions

_KNOWN = 500  # tags of all repositories together


@dataclass(frozen=True, kw_only=True)
class ModePreview:
    """What an app environment would do in a deploy mode: deploy `next` at once, and offer `offered`."""

    deploy_mode: DeployMode
    sentence: str
    next: tuple[NewImage, ...]
    offered: tuple[NewImage, ...]


class ImagePolicyService:
    """Reads, replaces and previews the image policies of app environments."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._permissions = Permissions(db)

    async def read(self, application: str, environment: str, *, actor: Actor) -> ImagePolicies:
        """Raises `NotFoundError`, `PoliciesUnreadableError`."""
        grant = await self._permissions.app_environment(actor, ViewGrant, application, environment)
        async with self._db.read() as tx:
            target = await app_environment(tx, grant)
        return stored_policies(target)

    async def put(self, application: str, environment: str, policies: ImagePolicies, *, actor: Actor) -> None:
        """Replace all rules, and judge by them the pushes that wait and the last ones that were refused.

        Raises `NotFoundError`.
        """
        grant = await self._permissions.app_environment(actor, MaintainGrant, application, environment)
        async with self._db.begin() as tx:
            target = await app_environment(tx, grant)
            before = target.image_policies.to_json()
            target = await tx.app_environments.change(
                target.application.id, target.environment.id, image_policies=policies.to_stored()
            )
            difference = changed({"policies": before}, {"policies": target.image_policies.to_json()})
            await tx.audit.add(of_app_environment(actor.caller, "image-policies.replaced", target, **difference))
            await judge(tx, target, await refused_pushes(tx, target))
            await tx.image_pushes.notify()

    async def preview(
        self, application: str, environment: str, policies: ImagePolicies, *, actor: Actor, tags: tuple[str, ...]
    ) -> tuple[TagPreview, ...]:
        """How these policies would judge the known tags, and `tags` as if they were pushed now.

        Raises `NotFoundError`.
        """
        grant = await self._permissions.app_environment(actor, MaintainGrant, application, environment)
        async with self._db.read() as tx:
            target = await app_environment(tx, grant)
            running = await running_in(tx, target)
            repositories = tuple(dict.fromkeys(each.repository for each in running))
            taken = tuple(dict.fromkeys(name for each in running for name in each.repositories))
            known = await tx.known_tags.newest(taken, application_id=target.application.id, limit=_KNOWN)
        last = max((each.push for each in known), default=0)
        supposed = [
            ImagePush(push=last + number, repository=repository, tag=tag)
            for number, tag in enumerate(tags, start=1)
            for repository in repositories
        ]
        repeated = {(each.repository, each.tag) for each in supposed}
        pushed = [image_push_of(each) for each in known if (each.repository, each.tag) not in repeated]
        return preview(policies, running, [*pushed, *supposed])

    async def preview_mode(self, application: str, environment: str, mode: DeployMode, *, actor: Actor) -> ModePreview:
        """What setting the mode would deploy and offer. Raises `NotFoundError`, `PoliciesUnreadableError`."""
        grant = await self._permissions.app_environment(actor, MaintainGrant, application, environment)
        async with self._db.read() as tx:
            target = await app_environment(tx, grant)
            if target.id is None or not target.configured:
                sentence = f"{target.environment.name} is not configured, so nothing can be deployed there."
                return ModePreview(deploy_mode=mode, sentence=sentence, next=(), offered=())
            facts, _ = deployable(
                target, replace(await push_facts(tx, target, await held_pushes(tx, target)), mode=mode)
            )
        switches = mode is DeployMode.AUTO and target.deploy_mode is not DeployMode.AUTO
        decision = decide_after_switch(facts) if switches else decide(facts)
        return ModePreview(
            deploy_mode=mode,
            sentence=_sentence(target, mode, decision.next, decision.offered),
            next=decision.next,
            offered=decision.offered,
        )


def _sentence(
    target: AppEnvironmentRecord, mode: DeployMode, next_: tuple[NewImage, ...], offered: tuple[NewImage, ...]
) -> str:
    name = target.environment.name
    waiting = ", ".join(
        dict.fromkeys(f"{image.container.container} {image.image_push.tag}" for image in next_ or offered)
    )
    if mode is DeployMode.MANUAL:
        rest = f" {waiting} stays offered." if waiting else ""
        return f"{name} deploys nothing automatically; pushed images are offered.{rest}"
    if mode is DeployMode.FOLLOW:
        rest = f" {waiting} stays offered." if waiting else ""
        return (
            f"{name} promotes by itself what has been healthy in the environment that it follows; pushed images are "
            f"offered.{rest}"
        )
    when = " as soon as the active operation has ended" if target.active_operation else " at once"
    rest = f"It would deploy {waiting}{when}." if waiting else "Nothing waits to be deployed now."
    return f"{name} deploys pushed images that its policies accept; nothing can be promoted into it. {rest}"

"""Adds, changes and removes applications, and their settings in each environment. Changes nothing on a cluster."""

from datetime import UTC, datetime
from typing import Protocol

from db.app_environments import AppEnvironmentFields
from db.applications import ApplicationFields
from db.errors import DuplicateNameError, StillUsedError
from db.records.inventory import AppEnvironmentRecord, ApplicationRecord
from db.records.pages import Page
from db.transaction import Database, Transaction
from domain.grants import (
    Actor,
    AdminHereGrant,
    ApplicationMaintainGrant,
    ApplicationViewGrant,
    ListGrant,
    MaintainGrant,
    ViewGrant,
)
from domain.stored.consents import StoredConsent
from domain.stored.git_folders import GitFolder
from domain.stored.image_deliveries import ImageDeliveries, SetImageDeliveries
from domain.words import DeployMode, ImageConsent
from services.errors import AlreadyConfiguredError, InUseError, InvalidRequestError, NameTakenError
from services.inventory.follow_settings import FollowRequest, follow_setting, require_consistent
from services.inventory.git_file_settings import require_files, require_folder
from services.planning.objects.declared_images import workloads_among
from services.reading.app_environments import app_environment, application_of
from services.reading.audit_entries import (
    changed,
    of_app_environment,
    of_application,
    shown_application,
    shown_settings,
)
from services.reading.followed_sources import as_seen
from services.reading.given_namespaces import require_given
from services.reading.permissions import Permissions, environment_ref


class JudgePushes(Protocol):
    """Judges the waiting image pushes of an app environment anew (services.pushes.judging).

    `switching`: its deploy mode has just changed to auto.
    """

    async def __call__(self, tx: Transaction, target: AppEnvironmentRecord, /, *, switching: bool) -> object: ...


class Applications:
    """The applications, and their settings in each environment."""

    def __init__(self, db: Database, *, judge_pushes: JudgePushes) -> None:
        self._db = db
        self._permissions = Permissions(db)
        self._judge_pushes = judge_pushes

    async def list(
        self, grant: ListGrant, *, search: str | None, after: str | None, limit: int
    ) -> Page[ApplicationRecord]:
        """A page of the applications that the actor sees, by name; where given those whose name contains `search`."""
        async with self._db.read() as tx:
            return await tx.applications.list(search=search, after=after, limit=limit, scopes=grant.scopes)

    async def get(self, name: str, *, actor: Actor) -> ApplicationRecord:
        """One application. Raises `NotFoundError`."""
        grant = await self._permissions.application(actor, ApplicationViewGrant, name)
        async with self._db.read() as tx:
            return await application_of(tx, grant)

    async def add(
        self, name: str, *, description: str, labels: dict[str, str] | None = None, actor: Actor
    ) -> ApplicationRecord:
        """Add an application. The actor has to maintain what bears these labels. Raises `NameTakenError`."""
        self._permissions.new_application(actor, name=name, labels=labels or {})
        try:
            async with self._db.begin() as tx:
                added = await tx.applications.add(name=name, description=description, labels=labels)
                await tx.audit.add(
                    of_application(actor.caller, "application.added", added, after=shown_application(added))
                )
                return added
        except DuplicateNameError:
            raise NameTakenError("application", name) from None

    async def update(self, name: str, changes: ApplicationFields, *, actor: Actor) -> ApplicationRecord:
        """Change an application. Raises `NotFoundError`, `NameTakenError`.

        Labels decide who may do what here, so the actor has to maintain what bears the new ones as well, and to hold
        whatever they give to anybody or take away.
        """
        grant = await self._permissions.application(actor, ApplicationMaintainGrant, name)
        if "labels" in changes:
            self._permissions.new_application(actor, name=name, labels=changes["labels"])
        try:
            async with self._db.begin() as tx:
                former = await application_of(tx, grant)
                if changes.get("labels", former.labels) != former.labels:
                    await self._permissions.relabel(tx, grant, changes["labels"])
                record = await tx.applications.change(former.id, **changes)
                difference = changed(shown_application(former), shown_application(record))
                await tx.audit.add(of_application(actor.caller, "application.changed", record, **difference))
                return record
        except DuplicateNameError as error:
            raise NameTakenError("application", error.name) from None

    async def delete(self, name: str, *, actor: Actor) -> None:
        """Remove the application; workloads and history stay. Raises `NotFoundError`, `InUseError`."""
        grant = await self._permissions.application(actor, ApplicationMaintainGrant, name)
        try:
            async with self._db.begin() as tx:
                record = await application_of(tx, grant)
                await tx.applications.delete(record.id)
                await tx.audit.add(
                    of_application(actor.caller, "application.removed", record, before=shown_application(record))
                )
        except StillUsedError as error:
            raise InUseError("application", name, [*error.users]) from None

    async def environments(self, name: str, *, actor: Actor) -> tuple[AppEnvironmentRecord, ...]:
        """The application in every environment that the actor sees, by rank. Raises `NotFoundError`."""
        grant = await self._permissions.application(actor, ApplicationViewGrant, name)
        async with self._db.read() as tx:
            found = await tx.app_environments.of([await application_of(tx, grant)])
        return tuple(as_seen(each, actor) for each in found if grant.sees(environment_ref(each.environment)))

    async def environment(self, name: str, environment: str, *, actor: Actor) -> AppEnvironmentRecord:
        """The application in one environment. Raises `NotFoundError` for either."""
        grant = await self._permissions.app_environment(actor, ViewGrant, name, environment)
        async with self._db.read() as tx:
            return as_seen(await app_environment(tx, grant), actor)

    async def change_environment(
        self,
        name: str,
        environment: str,
        changes: AppEnvironmentFields,
        *,
        follow: FollowRequest | None = None,
        actor: Actor,
    ) -> AppEnvironmentRecord:
        """Change the settings of an app environment; a new deploy mode or pin judges its image pushes anew.

        To follow an environment takes the right to see the application there.

        Raises `NotFoundError`; `AlreadyConfiguredError` where it is configured and its namespace would change;
        `NamespaceNotGivenError`; `InvalidRequestError`, and what `follow_setting` raises.
        """
        grant = await self._permissions.app_environment(actor, MaintainGrant, name, environment)
        source = await self._permissions.app_environment(actor, ViewGrant, name, follow.environment) if follow else None
        async with self._db.begin() as tx:
            record = await app_environment(tx, grant)
            require_consistent(changes.get("deploy_mode"), follow, record)
            desired = changes.get("namespace", record.namespace)
            if record.configured and desired != record.namespace:
                raise AlreadyConfiguredError(
                    f"'{record.application.name}' is in namespace '{record.namespace}' in "
                    f"'{record.environment.name}'. The namespace cannot change once the application is configured."
                )
            if "namespace" in changes and desired is not None:
                require_given(record, desired)
            if follow is not None or changes.get("deploy_mode") is DeployMode.FOLLOW:
                changes["follow"] = await follow_setting(tx, record, follow, source)
            if "follow" in changes or changes.get("deploy_mode") is DeployMode.AUTO:
                changes["automation"] = actor.caller.ref  # deploys and promotes with the rights of this actor
            now = await tx.app_environments.change(record.application.id, record.environment.id, **changes)
            difference = changed(shown_settings(record), shown_settings(now))
            await tx.audit.add(of_app_environment(actor.caller, "app-environment.changed", now, **difference))
            if (now.deploy_mode, now.pin) != (record.deploy_mode, record.pin):
                switching = now.deploy_mode is DeployMode.AUTO and record.deploy_mode is not DeployMode.AUTO
                await self._judge_pushes(tx, now, switching=switching)
            if (now.deploy_mode, now.pin, now.automation) != (record.deploy_mode, record.pin, record.automation):
                await tx.image_pushes.notify()  # what was blocked is tried again, as by whoever switches it on now
            return as_seen(now, actor)

    async def give_consent(
        self, name: str, environment: str, consent: ImageConsent, *, actor: Actor
    ) -> AppEnvironmentRecord:
        """Store a consent for all changes of images there; one that is stored stays as it is.

        The image pushes that wait are looked at again: what blocked them may be lifted. Raises `NotFoundError`;
        `InvalidRequestError` for the one that an image delivery stands for.
        """
        if consent is ImageConsent.OWNED_UNTIL_NEXT_UPGRADE:
            raise InvalidRequestError(
                f"'{consent}' holds for one operation. Set the image delivery 'as-owner' to write owned workloads in "
                "every operation."
            )
        grant = await self._permissions.app_environment(actor, AdminHereGrant, name, environment)
        async with self._db.begin() as tx:
            record = await app_environment(tx, grant)
            if any(stored.consent is consent for stored in record.consents):
                return as_seen(record, actor)
            given = StoredConsent(consent=consent, given_by=actor.name, given_at=datetime.now(UTC))
            after = {"consent": consent.value}
            await tx.audit.add(of_app_environment(actor.caller, "consent.given", record, after=after))
            return as_seen(await self._with_consents(tx, record, (*record.consents, given)), actor)

    async def set_image_deliveries(
        self, name: str, environment: str, deliveries: ImageDeliveries, *, actor: Actor
    ) -> AppEnvironmentRecord:
        """Set how new images reach the workloads there, for people and automatically.

        The image pushes that wait are looked at again. Raises `NotFoundError`; `InvalidRequestError` for a workload
        that is named twice or does not belong to the app environment; what `require_files` raises.
        """
        grant = await self._permissions.app_environment(actor, AdminHereGrant, name, environment)
        async with self._db.begin() as tx:
            record = await app_environment(tx, grant)
            _require_known(record, deliveries)
            await require_files(tx, record, deliveries, actor)
            given = SetImageDeliveries(deliveries=deliveries, set_by=actor.name, set_at=datetime.now(UTC))
            now = await tx.app_environments.change(
                record.application.id,
                record.environment.id,
                image_deliveries=given,
                consents=record.consents,  # as read: without the one that the former release obeys
            )
            difference = changed(record.deliveries.to_json(), deliveries.to_json())
            await tx.audit.add(of_app_environment(actor.caller, "image-deliveries.set", now, **difference))
            await tx.image_pushes.notify()
            return as_seen(now, actor)

    async def set_git_folder(
        self, name: str, environment: str, folder: GitFolder | None, *, actor: Actor
    ) -> AppEnvironmentRecord:
        """Set where configuration is copied to instead of the clusters; None: nowhere.

        Raises `NotFoundError`, and what `require_folder` raises.
        """
        grant = await self._permissions.app_environment(actor, AdminHereGrant, name, environment)
        async with self._db.begin() as tx:
            record = await app_environment(tx, grant)
            await require_folder(tx, record, folder, actor)
            now = await tx.app_environments.change(record.application.id, record.environment.id, git_folder=folder)
            shown = [each.to_json() if each is not None else {} for each in (record.git_folder, folder)]
            await tx.audit.add(of_app_environment(actor.caller, "git-folder.set", now, **changed(*shown)))
            return as_seen(now, actor)

    async def withdraw_consent(
        self, name: str, environment: str, consent: ImageConsent, *, actor: Actor
    ) -> AppEnvironmentRecord:
        """Remove a stored consent. Raises `NotFoundError` for the names; a consent that is not stored is no error."""
        grant = await self._permissions.app_environment(actor, AdminHereGrant, name, environment)
        async with self._db.begin() as tx:
            record = await app_environment(tx, grant)
            kept = tuple(stored for stored in record.consents if stored.consent.value != consent.value)
            before = {"consent": consent.value}
            await tx.audit.add(of_app_environment(actor.caller, "consent.withdrawn", record, before=before))
            return as_seen(await self._with_consents(tx, record, kept), actor)

    async def _with_consents(
        self, tx: Transaction, record: AppEnvironmentRecord, consents: tuple[StoredConsent, ...]
    ) -> AppEnvironmentRecord:
        changed = await tx.app_environments.change(record.application.id, record.environment.id, consents=consents)
        await tx.image_pushes.notify()
        return changed


def _require_known(record: AppEnvironmentRecord, deliveries: ImageDeliveries) -> None:
    known = {(*each.group_kind, each.name) for each in workloads_among(record.resources, record.declared)}
    for index, each in enumerate(deliveries.workloads):
        workload = (*each.workload.group_kind, each.workload.name)
        if workload not in known:  # left out of `known` once it was named, so that the second time is refused
            raise InvalidRequestError(
                f"{each.workload.label} is named twice, or is no workload of '{record.application.name}' in "
                f"'{record.environment.name}'.",
                field=f"$.workloads[{index}].workload",
            )
        known.remove(workload)

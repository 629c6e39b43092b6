"""Reads the releases of an app environment: its history, and which of them runs."""

from dataclasses import dataclass

from db.records.inventory import AppEnvironmentRecord, ReleaseRecord
from db.records.pages import Page
from db.transaction import Database, Transaction
from domain.grants import Actor, ViewGrant
from services.errors import NotFoundError
from services.planning.images.releases import images_for, is_running
from services.reading.app_environments import app_environment
from services.reading.permissions import Permissions
from services.reading.running_index import run_by_pods

# How many releases back what runs is looked for, in steps: mostly it is the newest.
_LOOKED_AT, _STEP = 200, 20


@dataclass(frozen=True, kw_only=True)
class ListedRelease(ReleaseRecord):
    """A release; `current` where it is what runs. `holds_configuration`: ConfigMaps and Secrets besides images."""

    current: bool
    holds_configuration: bool


class Releases:
    """The releases that operations made."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._permissions = Permissions(db)

    async def list(
        self, application: str, environment: str, *, actor: Actor, after: str | None, limit: int
    ) -> Page[ListedRelease]:
        """A page of releases, the newest first; empty where the application was never configured.

        The current one is the newest whose images the pods of the primary cluster run, as they were last read (an
        overview reads them): a failed rollout, pods that keep a former image, or somebody else's change make an older
        one current, or none. Raises `NotFoundError`.
        """
        grant = await self._permissions.app_environment(actor, ViewGrant, application, environment)
        async with self._db.read() as tx:
            target = await app_environment(tx, grant)
            if target.id is None:
                return Page(items=(), next=None)
            page = await tx.releases.list(target.id, limit=limit, after=after)
            current = await _current(tx, target, target.id)
            holding = await tx.releases.held.holding(target.id, [each.number for each in page.items])
        items = tuple(
            ListedRelease(**vars(each), current=each.number == current, holds_configuration=each.number in holding)
            for each in page.items
        )
        return Page(items=items, next=page.next)

    async def of_operation(self, operation_id: str, *, actor: Actor) -> ListedRelease:
        """The release that an operation recorded, also of an application or environment that was deleted since.

        Nothing runs where it was deleted, so it is not current. Raises `NotFoundError`.
        """
        await self._permissions.operation(actor, ViewGrant, operation_id)
        async with self._db.read() as tx:
            release = await tx.releases.of_operation(operation_id)
            if release is None:
                raise NotFoundError("release of the operation", operation_id)
            target = await tx.app_environments.get(release.app_environment_id)
            current = await _current(tx, target, release.app_environment_id) if target else None
            holding = await tx.releases.held.holding(release.app_environment_id, [release.number])
        return ListedRelease(**vars(release), current=release.number == current, holds_configuration=bool(holding))


async def _current(tx: Transaction, target: AppEnvironmentRecord, app_environment_id: str) -> int | None:
    """The number of the newest release whose images run; None where none does."""
    running = run_by_pods(await tx.running_images.of(app_environment_id))
    primary = target.environment.clusters[0].name
    after = None
    for _ in range(_LOOKED_AT // _STEP):
        page = await tx.releases.list(app_environment_id, limit=_STEP, after=after)
        for each in page.items:
            if is_running(images_for(each.images, primary), running):
                return each.number
        after = page.next
        if after is None:
            break
    return None

"""What screens show beside the rows of app environments: what happened there last, and what was read there. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from db.records.images import ImagePushRecord, VerdictRecord
from db.records.inventory import AppEnvironmentRecord
from db.records.operations import EndedOperation
from domain.comparisons import ObjectField
from domain.configuration import ConfigurationReading
from domain.divergences import OpenDivergence
from domain.images import ContainerKey
from domain.words import Verdict
from services.planning.overviews.values import BlockedPush, LastOperation, PushedImage
from services.reading.live.places import Place

Configuration = Mapping[str, Mapping[str, ConfigurationReading]]
"""By the id of an app environment, then by that of a cluster."""
Diverging = Mapping[str, tuple[OpenDivergence, ...]]
"""By the id of an app environment."""
Expected = Mapping[tuple[str, str], Mapping[str, tuple[ObjectField, ...]]]
"""By the ids of an application and of an environment, then by that of another environment."""


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What belongs to the rows of app environments, by their ids. None: it is as it was."""

    configuration: Configuration
    diverging: Diverging
    expected: Expected
    active: Mapping[str, str] | None = None
    ended: Mapping[str, EndedOperation] | None = None
    offered: Mapping[str, Mapping[ContainerKey, PushedImage]] | None = None
    blocked: Mapping[str, BlockedPush | None] | None = None


def with_row(place: Place | None, row: AppEnvironmentRecord) -> Place:
    """The place with its row as it is now. What belonged to another row, which was deleted, is not kept."""
    if place is None or place.target.id != row.id:
        return Place(target=row)
    return place if place.target == row else replace(place, target=row)


def with_beside(place: Place, beside: Beside) -> Place:
    """The place, and the same object where nothing has changed: then nothing is compared any further."""
    key, target = place.target.id or "", place.target
    shown = (
        place.last_operation if beside.ended is None else _last(beside.ended.get(key)),
        place.pushed if beside.offered is None else beside.offered.get(key, {}),
        place.blocked if beside.blocked is None else beside.blocked.get(key),
        beside.diverging.get(key, ()),
        beside.configuration.get(key, {}),
        beside.expected.get((target.application.id, target.environment.id), {}),
        target.active_operation if beside.active is None else beside.active.get(key),
    )
    last_operation, pushed, blocked, divergences, configuration, expected, active = shown
    if shown == (
        place.last_operation,
        place.pushed,
        place.blocked,
        place.divergences,
        place.configuration,
        place.expected,
        target.active_operation,
    ):
        return place
    return Place(
        target=target if active == target.active_operation else replace(target, active_operation=active),
        last_operation=last_operation,
        pushed=pushed,
        blocked=blocked,
        divergences=divergences,
        configuration=configuration,
        expected=expected,
    )


def offered_images(waiting: Iterable[tuple[ImagePushRecord, VerdictRecord]]) -> dict[ContainerKey, PushedImage]:
    """The newest offered image of each container, among pushes that wait, the newest first."""
    found: dict[ContainerKey, PushedImage] = {}
    for image_push, verdict in waiting:
        if verdict.verdict is not Verdict.OFFERED:
            continue
        image = PushedImage(
            push=image_push.push,
            repository=image_push.repository,
            tag=image_push.tag,
            digest=image_push.digest,
            discovered_at=image_push.discovered_at,
        )
        for container in verdict.containers:
            found.setdefault(container.key, image)
    return found


def blocked_push(waiting: Iterable[tuple[ImagePushRecord, VerdictRecord]]) -> BlockedPush | None:
    """The newest blocked one among pushes that wait, the newest first."""
    for image_push, verdict in waiting:
        if verdict.verdict is Verdict.BLOCKED:
            return BlockedPush(
                push=image_push.push,
                repository=image_push.repository,
                tag=image_push.tag,
                digest=image_push.digest,
                discovered_at=image_push.discovered_at,
                code=verdict.code,
                reason=verdict.reason,
            )
    return None


def _last(ended: EndedOperation | None) -> LastOperation | None:
    return LastOperation(id=ended.id, kind=ended.kind, state=ended.state) if ended is not None else None

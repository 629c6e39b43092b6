"""What people are told when drift or skew opens, and when it closes. Pure."""

from domain.divergences import FoundField, FoundFields, FoundImage
from domain.images import Image
from domain.notification_types import NotificationType
from domain.notification_values import Concerns
from domain.notifications import DivergedFields, DivergedImage, DivergenceNotification
from services.planning.drift.steadying import Standing

_MOST_FIELDS = 3  # are named; the page has all of them


def divergence_notification(
    standing: Standing, *, opened: bool, app_environment: str, application: str, environment: str
) -> DivergenceNotification:
    """That it opened, or closed. `app_environment` is the row's id, the others are names."""
    divergence = standing.divergence
    drift, skew = NotificationType.DRIFT_OPENED, NotificationType.SKEW_OPENED
    if not opened:
        drift, skew = NotificationType.DRIFT_CLOSED, NotificationType.SKEW_CLOSED
    return DivergenceNotification(
        concerns=Concerns(app_environment=app_environment),
        event=drift if divergence.kind.is_drift else skew,
        application=application,
        environment=environment,
        workload=divergence.workload.label,
        container=divergence.container,
        since=standing.since,
        found=tuple(_diverged(each) for each in divergence.found) if opened else (),
        fields=tuple(map(_fields, divergence.fields)) if opened else (),
    )


def _fields(found: FoundFields) -> DivergedFields:
    return DivergedFields(
        cluster=found.cluster,
        fields=tuple(_field(each) for each in found.fields[:_MOST_FIELDS]),
        more=max(0, len(found.fields) - _MOST_FIELDS),
        by=tuple(sorted({each.manager for each in found.fields if each.manager})),
    )


def _field(found: FoundField) -> str:
    if not found.path:
        return "the object is gone"
    return f"{found.path} (removed)" if found.removed else found.path


def _diverged(found: FoundImage) -> DivergedImage:
    """Digests are named where people would take both images for one."""
    image, expected = found.image, found.expected
    if expected is None:
        return DivergedImage(cluster=found.cluster, image=_named(image, whole=False), by=found.manager)
    alike = image.is_called_like(expected)
    return DivergedImage(
        cluster=found.cluster,
        image=_named(image, whole=alike),
        expected=_named(expected, whole=alike),
        by=found.manager,
    )


def _named(image: Image, *, whole: bool) -> str:
    return image.pinned.reference if whole else image.unpinned.reference

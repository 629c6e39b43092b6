"""What people are told of drift of keys and fields: the object, a few of its fields, who wrote them, and no value."""

from datetime import UTC, datetime

from domain.divergences import Divergence, DivergenceKind, FoundField, FoundFields
from domain.notification_types import NotificationType
from domain.notifications import DivergenceNotification
from domain.resources import ResourceId
from services.planning.drift.steadying import Standing
from services.planning.notifications.divergences import divergence_notification
from services.planning.notifications.wording import message_of

AT = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


def told(*fields: FoundField, opened: bool = True) -> DivergenceNotification:
    divergence = Divergence(
        kind=DivergenceKind.KEY_DRIFT,
        workload=ResourceId.of("v1", "ConfigMap", "settings"),
        container="",
        init=False,
        fields=(FoundFields(cluster="prod-eu", fields=fields),),
        release=3,
    )
    return divergence_notification(
        Standing(divergence=divergence, since=AT),
        opened=opened,
        app_environment="1",
        application="shop",
        environment="Production",
    )


def said(found: DivergenceNotification) -> dict[str, str]:
    return dict(message_of(found).facts)


def test_a_few_fields_are_named_and_the_others_counted():
    fields = [FoundField(path=f"data.k{number}", manager="kubectl-edit") for number in range(6)]
    found = told(*fields[:5], FoundField(path="data.k6", manager="helm"))
    assert found.event is NotificationType.DRIFT_OPENED
    facts = said(found)
    assert (facts["Object"], facts["Found"]) == (
        "ConfigMap settings",
        "prod-eu: data.k0, data.k1, data.k2 and 3 more, written by helm, kubectl-edit",
    )
    assert "Container" not in facts


def test_what_is_gone_is_said_to_be_gone():
    assert said(told(FoundField(path="data.a", removed=True)))["Found"] == "prod-eu: data.a (removed)"
    assert said(told(FoundField(path="", removed=True)))["Found"] == "prod-eu: the object is gone"


def test_the_end_names_the_object_alone():
    closed = told(FoundField(path="data.a"), opened=False)
    assert closed.event is NotificationType.DRIFT_CLOSED
    assert "Found" not in said(closed)


def test_it_is_stored_and_read_again_as_it_was():
    found = told(FoundField(path="data.a", manager="kubectl-edit"))
    assert DivergenceNotification.from_json(found.to_json()).fields == found.fields

"""App environments as actors see them: whoever does not see the environment that one follows is not told its name."""

from dataclasses import replace

from db.records.inventory import AppEnvironmentRecord
from domain.grants import Actor
from domain.rights import Right
from services.planning.people.hidden_sources import follow_without_source
from services.reading.permissions import application_ref


def as_seen(record: AppEnvironmentRecord, actor: Actor) -> AppEnvironmentRecord:
    """The record, without the followed environment where the actor does not see the application there."""
    if record.follow is None or actor.holdings.allow(
        Right.VIEW, application=application_ref(record.application), environment=record.follow.source
    ):
        return record
    return replace(record, follow=follow_without_source(record.follow))

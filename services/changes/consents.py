"""Which of the consents that a request names its caller may give."""

from dataclasses import replace

from db.records.inventory import AppEnvironmentRecord
from domain.grants import Actor
from domain.overrides import Overrides
from domain.rights import ApplicationRef, EnvironmentRef, Right
from domain.words import OnConflict
from services.planning.copying.consents import is_administrators
from services.planning.copying.plan import CopyChoices


def choices_of(
    actor: Actor, target: AppEnvironmentRecord, overrides: Overrides, on_conflict: OnConflict
) -> CopyChoices:
    """The choices with the consents that the actor may give in the target; the others are `not_given`.

    Only those that are given are stored with an operation, so that no later plan of it takes what nobody could allow.
    """
    application, environment = target.application, target.environment
    administers = actor.holdings.allow(
        Right.ADMINISTER,
        application=ApplicationRef(id=application.id, name=application.name, labels=application.labels),
        environment=EnvironmentRef(id=environment.id, name=environment.name),
    )
    given = tuple(each for each in overrides.allow if administers or not is_administrators(each))
    not_given = tuple(each for each in overrides.allow if each not in given)
    return CopyChoices(overrides=replace(overrides, allow=given), on_conflict=on_conflict, not_given=not_given)

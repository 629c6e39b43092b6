"""Break-glass: whoever has the right starts a change without the approvals that it takes, with a reason, and loudly."""

from dataclasses import replace

from domain.grants import Actor
from domain.rights import Right
from services.changes.new_operations import NewOperation
from services.errors import ForbiddenError
from services.reading.permissions import application_ref, environment_ref, lacking


def breaking_glass(new: NewOperation, actor: Actor, reason: str | None) -> NewOperation:
    """The operation with the reason, if one is given. Raises `ForbiddenError` where the actor lacks the right."""
    if reason is None:
        return new
    application = application_ref(new.app_environment.application)
    environment = environment_ref(new.app_environment.environment)
    if not actor.holdings.allow(Right.BREAK_GLASS, application=application, environment=environment):
        raise ForbiddenError(lacking(actor, Right.BREAK_GLASS, f"'{application.name}' in '{environment.name}'"))
    return replace(new, break_glass=reason)

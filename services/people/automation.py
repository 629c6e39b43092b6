"""With whose rights Stagecoach deploys by itself: those of whoever switched automatic deploys on, as they are now."""

from datetime import UTC, datetime

from db.records.inventory import AppEnvironmentRecord
from db.transaction import Transaction
from domain.actors import ActorKind, ActorRef
from domain.rights import EVERYWHERE, Holdings, Right, RoleBinding, Subject, SubjectKind
from domain.words import Role
from services.reading.permissions import application_ref, environment_ref

_SUBJECTS = {
    ActorKind.PERSON: SubjectKind.PERSON,
    ActorKind.SERVICE_ACCOUNT: SubjectKind.SERVICE_ACCOUNT,
    ActorKind.CI_JOB: SubjectKind.TRUST,
}


async def holdings_now(tx: Transaction, actor: ActorRef) -> Holdings:
    """What an actor of a former request holds at this moment; nothing where it is gone, disabled or expired.

    The limit of the token by which it made the request does not count: it was held to then.
    """
    match actor.kind:
        case ActorKind.PERSON | ActorKind.SERVICE_ACCOUNT | ActorKind.CI_JOB:
            acting = await tx.token_subjects.acting(Subject(kind=_SUBJECTS[actor.kind], id=actor.id))
            return Holdings(bindings=await tx.bindings.of(acting.subjects)) if acting else Holdings()
        case ActorKind.TOKEN:
            token = await tx.tokens.get(actor.id)
            expired = token is not None and token.expires_at is not None and token.expires_at <= datetime.now(UTC)
            if token is None or token.revoked_at is not None or expired:
                return Holdings()
            return _with_role(actor, token.role)
        case ActorKind.SYSTEM | ActorKind.AUTOMATION:  # a person who has a shell on the machine
            return _with_role(actor, Role.ADMIN)


async def may_now(tx: Transaction, actor: ActorRef, right: Right, target: AppEnvironmentRecord) -> bool:
    """Whether an actor of a former request has this right on the app environment at this moment."""
    application, environment = application_ref(target.application), environment_ref(target.environment)
    return (await holdings_now(tx, actor)).allow(right, application=application, environment=environment)


def _with_role(actor: ActorRef, role: Role) -> Holdings:
    subject = Subject(kind=SubjectKind.TOKEN, id=actor.id)
    return Holdings(bindings=(RoleBinding(id=None, subject=subject, role=role, scope=EVERYWHERE),))

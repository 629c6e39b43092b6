"""Who acts by a token, and what that actor holds now.

A token of its own carries its role everywhere. Another one acts for a person, a service account or a trust: it carries
the bindings of that subject as they are at this moment, within the role and the scope of the token, and is refused once
the subject is disabled, deleted or expired.
"""

from db.records.sign_ins import TokenRecord
from db.transaction import Transaction
from domain.actors import ActorKind, ActorRef, Origin
from domain.grants import Actor, Caller
from domain.rights import Holdings, RoleBinding, Subject, SubjectKind
from domain.words import Role

_KINDS = {
    SubjectKind.PERSON: ActorKind.PERSON,
    SubjectKind.SERVICE_ACCOUNT: ActorKind.SERVICE_ACCOUNT,
    SubjectKind.TRUST: ActorKind.CI_JOB,
}


async def token_actor(
    tx: Transaction, token: TokenRecord, origin: Origin, *, session_id: str | None = None
) -> Actor | None:
    """The actor of a token that has neither expired nor been revoked; None where it may not act (any more)."""
    if token.subject is None:
        ref = ActorRef(kind=ActorKind.TOKEN, id=token.id, name=token.name)
        holdings = Holdings(bindings=(of_itself(token.id, token.role),))
    else:
        acting = await tx.token_subjects.acting(token.subject)
        if acting is None:
            return None
        # The rights of a CI job are those of its trust, but history says which job it was.
        name = token.name if token.subject.kind is SubjectKind.TRUST else acting.name
        ref = ActorRef(kind=_KINDS[token.subject.kind], id=token.subject.id, name=name)
        limit = RoleBinding(
            id=None, subject=token.subject, role=token.role, scope=token.scope, expires_at=acting.expires_at
        )
        holdings = Holdings(bindings=await tx.bindings.of(acting.subjects), limit=limit)
    return Actor(
        caller=Caller(ref=ref, origin=origin, token_id=token.id),
        holdings=holdings,
        session_id=session_id,
    )


def of_itself(actor_id: str, role: Role) -> RoleBinding:
    """What comes with a token that acts as itself: its role, everywhere."""
    return RoleBinding(id=None, subject=Subject(kind=SubjectKind.TOKEN, id=actor_id), role=role)

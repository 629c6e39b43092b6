"""People who have signed in and hold a role, for tests that call use cases past the API."""

from db.transaction import Database
from domain.actors import ActorKind, ActorRef
from domain.grants import Actor, Caller
from domain.rights import EVERYWHERE, Holdings, RoleBinding, Scope, Subject, SubjectKind
from domain.words import Role
from tests.support.actors import ADMINISTRATOR, ORIGIN


async def signed_in(
    database: Database,
    name: str,
    *groups: str,
    role: Role = Role.APPROVER,
    break_glass: bool = False,
    scope: Scope = EVERYWHERE,
) -> Actor:
    """A person of these groups, who holds the role in the scope."""
    async with database.begin() as tx:
        record = await tx.people.signed_in(
            provider="sso", issuer="https://sso.example", subject=name, name=name, email=None, groups=groups
        )
        subject = Subject(kind=SubjectKind.PERSON, id=record.id)
        await tx.bindings.add(
            RoleBinding(id=None, subject=subject, role=role, scope=scope, break_glass=break_glass),
            created_by=ADMINISTRATOR.caller.ref,
        )
        holdings = Holdings(bindings=await tx.bindings.of(record.subjects))
    ref = ActorRef(kind=ActorKind.PERSON, id=record.id, name=name)
    return Actor(caller=Caller(ref=ref, origin=ORIGIN), holdings=holdings)

"""The groups whose members administer an installation, as the settings name them: how a new one begins.

They are bindings like others, so that everybody who may see bindings sees them; at each start they become what the
settings say, also where a group is no longer named.
"""

from collections.abc import Iterable

from db.transaction import Database
from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.audit import AuditEntry, Target
from domain.rights import RoleBinding, Subject, SubjectKind
from domain.words import Role
from services.planning.people.open_id import OpenIdProvider

_SETTINGS = ActorRef(kind=ActorKind.SYSTEM, id="settings", name="the setting ADMIN_GROUP of a provider")
_ORIGIN = Origin(via=Via.COMMAND_LINE)


async def bind_admin_groups(db: Database, providers: Iterable[OpenIdProvider]) -> None:
    """Bind the named groups to the role `admin` everywhere, and release those that are no longer named."""
    wanted = [
        Subject(kind=SubjectKind.GROUP, id=f"{each.name}:{each.admin_group}") for each in providers if each.admin_group
    ]
    async with db.begin() as tx:
        kept = set()
        for binding in await tx.bindings.of_maker(_SETTINGS):
            if binding.subject in wanted and binding.subject not in kept:
                kept.add(binding.subject)
            elif binding.id is not None:
                await tx.bindings.remove(binding.id)
                await tx.audit.add(_entry("binding.deleted", binding.subject))
        for subject in wanted:
            if subject not in kept:
                await tx.bindings.add(RoleBinding(id=None, subject=subject, role=Role.ADMIN), created_by=_SETTINGS)
                await tx.audit.add(_entry("binding.created", subject))


def _entry(action: str, subject: Subject) -> AuditEntry:
    return AuditEntry(
        actor=_SETTINGS,
        origin=_ORIGIN,
        action=action,
        targets=(Target(kind=subject.kind.value, id=subject.id, name=subject.id),),
        after={"role": Role.ADMIN.value} if action == "binding.created" else None,
    )

"""Which roles other labels of an application would give or take away, and which freezes they would begin or end. Pure.

To change labels is to give and to take: without a check, whoever maintains an application could give it a label on
which they hold a higher role, or take away the label by which a freeze holds it.
"""

from collections.abc import Iterable
from dataclasses import replace

from domain.rights import ApplicationRef, RoleBinding, Scope


def changed_bindings(
    bindings: Iterable[RoleBinding], before: ApplicationRef, after: ApplicationRef
) -> tuple[RoleBinding, ...]:
    """What the change gives or takes away: each binding that covers the application only before or only after it, as if
    it were bound on the application as it is.
    """
    labels = frozenset(before.labels.items())
    return tuple(
        replace(
            each,
            scope=Scope(applications=frozenset({before.id}), labels=labels, environments=each.scope.environments),
        )
        for each in bindings
        if differs(each.scope, before, after)
    )


def differs(scope: Scope, before: ApplicationRef, after: ApplicationRef) -> bool:
    """Whether the application belongs to the scope only before, or only after the change."""
    return scope.covers_application(before) is not scope.covers_application(after)

"""What a cluster that is brought level gets of a namespace: what an import selects by itself. Pure."""

from collections.abc import Collection, Sequence

from services.planning.levels.plan import LeftOut
from services.planning.namespaces.import_candidates import SourceResource

_RUNS_ONCE = "It is a run or a hook: to create it again would run it again."


def choose(
    items: Sequence[SourceResource], *, allow: Collection[str] = ()
) -> tuple[tuple[SourceResource, ...], tuple[LeftOut, ...]]:
    """What is copied, and what is not although it belongs to the app environment or goes with what is copied.

    What takes a consent is copied where `allow` has it.
    """
    selected = [each for each in items if each.selected]
    concerned = {edge.resource for each in selected for edge in each.edges}
    concerned |= {each.resource for each in items if each.belongs}
    consented = {each.resource for each in items if each.resource in concerned and each.consent in allow}
    chosen = tuple(each for each in items if each.selected or each.resource in consented)
    left_out = tuple(
        LeftOut(resource=each.resource, reason=each.reason or _RUNS_ONCE, consent=each.consent)
        for each in items
        if each.resource in concerned and each not in chosen
    )
    return chosen, left_out

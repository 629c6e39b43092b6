"""How a promotion set ended, from how its members ended. Pure."""

from collections.abc import Mapping

from domain.words import OperationState
from services.planning.conclusion import Conclusion

_PHRASES = (
    (OperationState.FAILED, "did not succeed"),
    (OperationState.CANCELLED, "were cancelled"),
    (OperationState.SUCCEEDED, "succeeded"),
)
_MOST_NAMED = 5


def conclude_set(states: Mapping[str, OperationState], *, cancelled: bool) -> Conclusion:
    """The conclusion over the states of all members, by application. It has succeeded where all of them have."""
    if all(state is OperationState.SUCCEEDED for state in states.values()):
        return Conclusion(
            state=OperationState.SUCCEEDED, message=f"{_named(sorted(states))} succeeded on all clusters."
        )
    parts = [
        f"{_named(found)} {phrase}"
        for state, phrase in _PHRASES
        if (found := sorted(name for name, each in states.items() if each is state))
    ]
    state = OperationState.CANCELLED if cancelled else OperationState.FAILED
    return Conclusion(state=state, message=f"{'Cancelled. ' if cancelled else ''}{', '.join(parts)}.")


def _named(applications: list[str]) -> str:
    if len(applications) > _MOST_NAMED:
        return f"{len(applications)} applications"
    return " and ".join([", ".join(applications[:-1]), applications[-1]] if len(applications) > 1 else applications)

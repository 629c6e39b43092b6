"""Which closed gate is in the way of which kinds of operations."""

from domain.gates import Gate, GateKind
from domain.words import OperationKind
from services.planning.people.closed_gates import STARTED_KINDS, by_kind


def gate(kind: GateKind, reason: str = "Restore.") -> Gate:
    return Gate(kind=kind, id=reason, reason=reason, until=None, opened_by="An administrator.")


def test_each_gate_is_named_once_with_all_kinds_that_it_keeps_from_being_started() -> None:
    stop, freeze = gate(GateKind.STOP), gate(GateKind.FREEZE)
    found = by_kind(
        {
            OperationKind.DEPLOY: (stop, freeze),
            OperationKind.ROLLBACK: (stop,),
            OperationKind.PROMOTION: (stop, freeze),
            OperationKind.IMPORT: (),
        }
    )
    assert [(each.gate, each.kinds) for each in found] == [
        (stop, (OperationKind.DEPLOY, OperationKind.ROLLBACK, OperationKind.PROMOTION)),
        (freeze, (OperationKind.DEPLOY, OperationKind.PROMOTION)),
    ]


def test_two_gates_of_one_kind_stay_two() -> None:
    one, other = gate(GateKind.STOP, "Restore."), gate(GateKind.STOP, "Look first.")
    found = by_kind({OperationKind.DEPLOY: (one, other)})
    assert [each.gate for each in found] == [one, other]


def test_nothing_is_named_where_nothing_is_closed() -> None:
    assert by_kind(dict.fromkeys(STARTED_KINDS, ())) == ()

import pytest

from domain.words import OperationState, Outcome
from services.planning.conclusion import conclude

GOOD, SAME, BAD, AWAY = Outcome.SUCCEEDED, Outcome.UNCHANGED, Outcome.FAILED, Outcome.UNREACHABLE
BACK, SKIPPED = Outcome.ROLLED_BACK, Outcome.SKIPPED


@pytest.mark.parametrize(
    ("outcomes", "cancelled", "state", "message"),
    [
        ({"eu": GOOD, "us": GOOD}, False, OperationState.SUCCEEDED, "Succeeded on eu and us."),
        (
            {"eu": GOOD, "us": SAME},
            False,
            OperationState.SUCCEEDED,
            "Succeeded on eu and found nothing to change on us.",
        ),
        ({"eu": SAME}, False, OperationState.SUCCEEDED, "There was nothing to change on any cluster."),
        ({"eu": GOOD, "us": AWAY}, False, OperationState.FAILED, "Could not reach us and succeeded on eu."),
        ({"eu": BACK, "us": BAD}, False, OperationState.FAILED, "Failed on us and rolled back on eu."),
        ({"eu": GOOD, "us": SKIPPED}, True, OperationState.CANCELLED, "Cancelled. Skipped us and succeeded on eu."),
        ({"eu": GOOD}, True, OperationState.SUCCEEDED, "Succeeded on eu."),
        ({}, False, OperationState.SUCCEEDED, "There was no cluster to act on."),
    ],
)
def test_an_operations_conclusion(outcomes, cancelled, state, message):
    verdict = conclude(outcomes, cancelled)
    assert (verdict.state, verdict.message) == (state, message)


def test_many_clusters_are_counted():
    outcomes = {f"c{n}": GOOD for n in range(49)} | {"bad": BAD}
    assert conclude(outcomes, cancelled=False).message == "Failed on bad and succeeded on 49 clusters."


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_alone_has_a_sentence(outcome):
    verdict = conclude({"eu": outcome}, cancelled=False)
    assert verdict.message.endswith(".")
    assert (verdict.state is OperationState.SUCCEEDED) == outcome.good

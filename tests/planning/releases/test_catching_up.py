"""Which operation a cluster that did not answer is to catch up with."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.images import ContainerKey, container_key
from domain.past_operations import PastCluster, PastOperation
from domain.resources import ResourceId
from domain.words import FailurePolicy, OperationKind, OperationState, Outcome
from services.planning.releases.catching_up import CAUGHT_UP_FOR, CatchUpHindrance, Missed, missed
from services.planning.releases.catching_up_words import sentence_of

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
UP, AWAY, FAILED, BACK, SKIPPED = (
    Outcome.SUCCEEDED,
    Outcome.UNREACHABLE,
    Outcome.FAILED,
    Outcome.ROLLED_BACK,
    Outcome.SKIPPED,
)


def key(container: str) -> ContainerKey:
    return container_key(ResourceId.of("apps/v1", "Deployment", "web"), container)


def past(number: int, *, of: str | None = "web", **changes) -> PastOperation:
    """An operation on eu and us that brought `of` its image; None: it brought more than images."""
    outcomes = changes.pop("outcomes", {"eu": UP, "us": AWAY})
    containers = None if of is None else frozenset(map(key, of.split()))
    values = {
        "kind": OperationKind.PROMOTION,
        "state": OperationState.FAILED,
        "ended_at": NOW - timedelta(hours=1),
        "failure": None,
        "secret_names": (),
    }
    return PastOperation(
        id=f"op-{number}",
        clusters=tuple(
            PastCluster(cluster_id=f"id-{name}", name=name, outcome=outcome, containers=containers)
            for name, outcome in outcomes.items()
        ),
        **{**values, **changes},
    )


def found(*history: PastOperation) -> list[tuple[str, tuple[str, ...]]]:
    """Operations with the clusters that are to catch up with them; `history` is the oldest first."""
    return [
        (each.operation.id, tuple(cluster.name for cluster in each.clusters))
        for each in missed(history[::-1], now=NOW)
        if each.hindrance is None
    ]


def hindrances(*history: PastOperation) -> list[CatchUpHindrance | None]:
    return [each.hindrance for each in missed(history[::-1], now=NOW)]


def test_a_cluster_that_did_not_answer_catches_up():
    assert found(past(1)) == [("op-1", ("us",))]


def test_where_no_cluster_answered_all_of_them_catch_up():
    assert found(past(1, outcomes={"eu": AWAY, "us": AWAY})) == [("op-1", ("eu", "us"))]


def test_what_a_later_operation_brought_to_the_cluster_is_not_missed():
    assert found(past(1), past(2, outcomes={"eu": UP, "us": UP}, state=OperationState.SUCCEEDED)) == []


def test_a_later_operation_for_the_same_containers_takes_its_place():
    assert found(past(1), past(2)) == [("op-2", ("us",))]


def test_a_cluster_catches_up_with_a_rollback_and_not_with_what_was_rolled_back():
    assert found(past(1), past(2, kind=OperationKind.ROLLBACK)) == [("op-2", ("us",))]


def test_that_holds_too_where_the_rollback_names_no_image_for_a_cluster_that_never_got_one():
    back = past(2, of="", kind=OperationKind.ROLLBACK, takes_back="op-1")
    assert found(past(1), back) == [("op-2", ("us",))]


def test_operations_for_other_containers_are_caught_up_with_in_their_order():
    assert found(past(1, of="web"), past(2, of="worker")) == [("op-1", ("us",))]
    brought = past(1, of="web", outcomes={"eu": UP, "us": UP}, state=OperationState.SUCCEEDED)
    assert found(brought, past(2, of="worker")) == [("op-2", ("us",))]


def test_a_copy_comes_before_the_image_that_its_workload_got_later():
    assert found(past(1, of=None, kind=OperationKind.IMPORT), past(2)) == [("op-1", ("us",))]


def test_clusters_that_missed_different_operations_catch_up_with_their_own():
    first = past(1, of="web", outcomes={"eu": UP, "us": AWAY, "ap": UP})
    second = past(2, of="worker", outcomes={"eu": UP, "us": UP, "ap": AWAY})
    assert found(first, second) == [("op-2", ("ap",))]


def test_a_restart_is_not_missed_and_hides_nothing():
    assert found(past(1), past(2, kind=OperationKind.RESTART)) == [("op-1", ("us",))]


def test_what_came_to_nothing_leaves_what_was_missed_before():
    back = past(2, outcomes={"eu": BACK, "us": AWAY}, failure=FailurePolicy.ALL_OR_NOTHING)
    assert found(past(1), back) == [("op-1", ("us",))]
    unproved = past(2, outcomes={"us": AWAY, "eu": SKIPPED})
    assert found(past(1), unproved) == [("op-1", ("us",))]


def test_a_rollback_that_failed_elsewhere_is_caught_up_with_nevertheless():
    back = past(2, kind=OperationKind.ROLLBACK, outcomes={"eu": FAILED, "us": AWAY})
    assert found(past(1), back) == [("op-2", ("us",))]


def test_a_change_of_other_clusters_alone_supersedes_what_was_missed():
    converged = past(2, kind=OperationKind.ROLLBACK, outcomes={"eu": UP}, state=OperationState.SUCCEEDED)
    assert found(past(1), converged) == []


def test_what_a_person_cancelled_is_not_caught_up_with():
    assert found(past(1, state=OperationState.CANCELLED)) == []
    assert found(past(1), past(2, state=OperationState.CANCELLED)) == []


def test_while_an_operation_is_under_way_nothing_is_known_to_be_missed():
    running = past(2, state=OperationState.RUNNING, outcomes={"eu": None, "us": None})
    assert found(past(1), running) == []


def test_what_failed_elsewhere_is_left_to_people():
    three = {"eu": UP, "us": AWAY, "ap": FAILED}
    assert hindrances(past(1, outcomes=three)) == [CatchUpHindrance.FAILED_ELSEWHERE]


@pytest.mark.parametrize(
    "changes",
    [{"failure": FailurePolicy.BEST_EFFORT}, {"state": OperationState.SUCCEEDED}],
    ids=["best effort", "quorum"],
)
def test_a_failure_that_its_policy_accepts_hinders_nobody(changes):
    assert hindrances(past(1, outcomes={"eu": UP, "us": AWAY, "ap": BACK}, **changes)) == [None]


def test_typed_in_values_have_to_be_sent_again_by_a_person():
    assert hindrances(past(1, of=None, secret_names=("db/password",))) == [CatchUpHindrance.VALUES_ERASED]


def test_after_a_week_people_decide():
    assert hindrances(past(1, ended_at=NOW - CAUGHT_UP_FOR)) == [None]
    late = past(1, ended_at=NOW - CAUGHT_UP_FOR - timedelta(seconds=1))
    assert hindrances(late) == [CatchUpHindrance.TOO_LONG_AGO]


def test_the_sentence_names_what_was_missed_where_and_what_happens_next():
    one = Missed(operation=past(1), clusters=past(1).clusters[1:])
    assert sentence_of(one, None, environment="Production") == (
        "us missed the promotion that ended at 2026-12-02 11:00 UTC. It gets it when it answers."
    )
    two = Missed(operation=past(1), clusters=past(1).clusters)
    assert sentence_of(two, None, environment="Production").startswith("eu and us missed the promotion")
    assert sentence_of(two, None, environment="Production").endswith("They get it when they answer.")


@pytest.mark.parametrize("hindrance", CatchUpHindrance)
def test_every_hindrance_has_a_sentence(hindrance):
    one = Missed(operation=past(1), clusters=past(1).clusters[1:])
    said = sentence_of(one, hindrance, environment="Production", why="Hold: quiet week. Ann can lift it.")
    assert said.endswith(".")
    assert "None" not in said


def test_an_operation_on_a_cluster_that_joined_later_overtakes_nothing_that_another_one_missed():
    joined = past(2, of=None, kind=OperationKind.IMPORT, state=OperationState.SUCCEEDED, outcomes={"new": UP})
    assert found(past(1), joined) == [("op-1", ("us",))]

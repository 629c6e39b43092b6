"""Which ConfigMaps and Secrets of a release are put back on a cluster, and why one is not."""

from collections.abc import Iterable

import pytest

from domain.cluster_api import ClusterFailure
from domain.problems import Severity
from domain.resources import Manifest, ResourceId
from domain.stored.restores import StoredRestore
from domain.words import Action
from services.planning.plan import ChangeKind, Comparison
from services.planning.releases.holding import LARGEST_OBJECT, held_configuration
from services.planning.releases.restoring import ClusterRestore, LiveConfiguration, plan_restore
from tests.support.objects import PRINTS, config_map, secret

SETTINGS, KEYS = ResourceId.of("v1", "ConfigMap", "settings"), ResourceId.of("v1", "Secret", "keys")


def planned(
    held: Iterable[Manifest],
    live: Iterable[Manifest],
    *,
    chosen: tuple[ResourceId, ...] | None = None,
    keep_secrets: bool = True,
    unread: frozenset[str] = frozenset(),
) -> ClusterRestore:
    return plan_restore(
        LiveConfiguration(cluster="eu", objects={(each.kind.name, each.name): each for each in live}, unread=unread),
        3,
        held_configuration(held, PRINTS, place="here", keep_secrets=keep_secrets),
        PRINTS,
        place="here",
        chosen=chosen,
    )


def told(plan: ClusterRestore) -> list[tuple[Action, list[str]]]:
    return [(each.action, [f"{one.kind} {one.path}" for one in each.changes]) for each in plan.objects]


def test_what_is_as_it_was_is_unchanged_whatever_its_labels_are():
    labelled = config_map(metadata={"labels": {"team": "other"}})
    plan = planned([config_map(), secret()], [labelled, secret()])
    assert told(plan) == [(Action.UNCHANGED, []), (Action.UNCHANGED, [])]
    assert not plan.writes


def test_keys_that_differ_are_missing_or_came_later_change_and_are_shown():
    plan = planned(
        [config_map(data={"mode": "fast", "old": "1", "same": "s"})],
        [config_map(data={"mode": "slow", "new": "2", "same": "s"})],
    )
    assert told(plan) == [(Action.UPDATE, ["changed data.mode", "removed data.new", "added data.old"])]
    mode, *_ = plan.objects[0].changes
    assert (mode.before, mode.after) == ("slow", "fast")


def test_of_a_secret_only_how_values_compare_is_shown():
    plan = planned([secret(data={"a": "YQ==", "b": "Yg=="})], [secret(data={"a": "eA==", "c": "Yw=="})])
    assert [(each.kind, each.comparison, each.before, each.after) for each in plan.objects[0].changes] == [
        (ChangeKind.CHANGED, Comparison.DIFFERS, None, None),
        (ChangeKind.ADDED, Comparison.MISSING, None, None),
        (ChangeKind.REMOVED, Comparison.EXTRA, None, None),
    ]


def test_what_is_gone_is_created():
    plan = planned([config_map()], [])
    assert (plan.objects[0].action, plan.objects[0].live, plan.writes) == (Action.CREATE, None, True)


def test_what_the_release_does_not_have_stays_without_a_word():
    assert planned([], [config_map("later")]) == ClusterRestore()


@pytest.mark.parametrize(
    ("held", "live", "keep_secrets", "code"),
    [
        (secret(data={"a": "YQ=="}), secret(data={"a": "eA=="}), False, "configuration-not-held"),
        (secret(data={"a": "YQ=="}), None, False, "configuration-not-held"),
        (config_map(data={"a": "x" * LARGEST_OBJECT}), config_map(), True, "configuration-not-held"),
        (config_map(data={"a": "1"}), config_map(data={"a": "2"}, immutable=True), True, "immutable"),
        (secret(data={"a": "YQ=="}), secret(data={"a": "eA=="}, type="shop/other"), True, "immutable"),
        (
            config_map(data={"a": "1"}),
            config_map(
                data={"a": "2"},
                metadata={"ownerReferences": [{"kind": "Operator", "name": "o", "controller": True}]},
            ),
            True,
            "owned-by-controller",
        ),
    ],
)
def test_what_cannot_be_put_back_stays_with_a_warning_and_blocks_where_it_is_named(held, live, keep_secrets, code):
    there = [live] if live is not None else []
    plan = planned([held], there, keep_secrets=keep_secrets)
    assert [(each.code, each.severity, each.cluster) for each in plan.problems] == [(code, Severity.WARNS, "eu")]
    assert (plan.objects[0].action, plan.writes) == (Action.KEEP, False)
    named = planned([held], there, keep_secrets=keep_secrets, chosen=(held.id,))
    assert [(each.code, each.severity) for each in named.problems] == [(code, Severity.BLOCKS)]


@pytest.mark.parametrize("keep_secrets", [True, False])
def test_what_cannot_be_put_back_and_is_as_it_was_is_not_said(keep_secrets):
    assert planned([secret()], [secret()], keep_secrets=keep_secrets).problems == ()


def test_a_kind_that_may_not_be_read_stays_and_is_said():
    (problem,) = planned([secret()], [], unread=frozenset({"Secret"})).problems
    assert (problem.code, problem.severity) == ("missing-right", Severity.WARNS)


def test_chosen_objects_are_put_back_alone_and_one_that_the_release_lacks_blocks():
    plan = planned([config_map(data={"a": "1"}), secret(data={"a": "YQ=="})], [], chosen=(SETTINGS,))
    assert [each.resource for each in plan.objects] == [SETTINGS]
    (problem,) = planned([config_map()], [], chosen=(KEYS,)).problems
    assert (problem.code, problem.severity) == ("configuration-not-held", Severity.BLOCKS)


def test_a_cluster_of_which_the_release_holds_nothing_blocks():
    live = LiveConfiguration(cluster="eu", objects={})
    plan = plan_restore(live, 3, None, PRINTS, place="here", chosen=None)
    assert [(each.code, each.severity) for each in plan.problems] == [("configuration-not-held", Severity.BLOCKS)]


def test_a_cluster_that_does_not_answer_is_planned_when_it_does():
    live = LiveConfiguration(cluster="eu", objects={}, failure=ClusterFailure(code="cluster-unreachable", detail="."))
    assert not plan_restore(live, 3, None, PRINTS, place="here", chosen=None).read


def test_what_rows_keep_reads_back_and_holds_no_value():
    plan = planned([config_map(data={"mode": "canary-value"})], [])
    stored = StoredRestore(
        release=3, chosen=(SETTINGS,), clusters={"eu": tuple(each.to_stored() for each in plan.objects), "us": None}
    )
    assert StoredRestore.from_json(stored.to_json()) == stored
    assert "canary-value" not in str(stored.to_json())

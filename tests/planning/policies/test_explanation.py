from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.gates import Gate, GateKind
from domain.words import ImagePushState, OperationState, Verdict
from services.planning.policies.explanation import explain
from services.planning.policies.explanation_facts import (
    ClusterFact,
    CustomImageFact,
    ExplanationFacts,
    ImagePushFact,
    OperationFact,
    VerdictFact,
)

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
DECIDED = ImagePushFact(push=7, state=ImagePushState.DECIDED)


def why(**facts):
    return explain(ExplanationFacts(environment="Staging", tag="1.5.0", **facts))


def image_push(state=ImagePushState.WAITING, **more):
    return ImagePushFact(push=7, state=state, **more)


def judged(verdict, **more):
    return {"image_push": DECIDED, "verdict": VerdictFact(verdict=verdict, **more)}


def operation(state, **more):
    return OperationFact(id="op-1", kind="deploy", state=state, **more)


def cluster(name, *, runs=False, healthy=True, reachable=True, tag="1.4.0", lacks=()):
    return ClusterFact(
        name=name,
        reachable=reachable,
        runs=runs,
        healthy=healthy,
        lacks=lacks,
        since=AT if runs else None,
        tag="1.5.0" if runs else tag,
    )


@pytest.mark.parametrize(
    ("facts", "code", "sentence"),
    [
        ({"configured": False}, "not-configured", "The application is not configured in Staging yet."),
        ({}, "no-event", "No registry has reported 1.5.0."),
        (
            {"repository_runs": False},
            "no-event",
            "No registry has reported 1.5.0, and no container in Staging runs its repository.",
        ),
        (
            {"image_push": image_push(ImagePushState.VOID, code="chart", reason="It is a chart.")},
            "no-event",
            "1.5.0 was reported, but it cannot be deployed: It is a chart.",
        ),
        (
            {"image_push": DECIDED, "repository_runs": False},
            "unmatched",
            "No container in Staging runs its repository.",
        ),
        ({"image_push": DECIDED}, "unmatched", "When 1.5.0 was pushed, no container in Staging ran its repository."),
        ({"image_push": image_push()}, "resolving", "The digest of 1.5.0 is being read from its registry."),
        (
            {"image_push": image_push(ImagePushState.READY)},
            "resolving",
            "1.5.0 has just been reported; its verdict follows.",
        ),
        (
            {
                "image_push": image_push(
                    code="denied", reason="The registry takes no credential of ours.", next_try_at=AT
                )
            },
            "registry-error",
            "The registry takes no credential of ours. The next attempt is at 2026-03-01 12:30 UTC.",
        ),
        (judged(Verdict.REFUSED, code="deny", reason="Denied."), "refused", "Denied."),
        (
            judged(Verdict.OFFERED),
            "held",
            "Staging deploys manually: 1.5.0 is offered there and waits for a person to deploy it.",
        ),
        (judged(Verdict.PENDING), "waiting", "It is deployed next in Staging."),
        (
            judged(Verdict.PENDING) | {"active": operation(OperationState.RUNNING)},
            "waiting",
            "It is deployed as soon as the deploy in progress in Staging has ended.",
        ),
        (
            judged(Verdict.PENDING) | {"clusters": (cluster("a"), cluster("b", reachable=False))},
            "cluster-down",
            "1.5.0 was not deployed in Staging: b could not be reached.",
        ),
        (
            judged(Verdict.BLOCKED, code="plan-blocked", reason="The quota is used up."),
            "failed",
            "The quota is used up.",
        ),
        (
            judged(Verdict.DEPLOYING) | {"operation": operation(OperationState.RUNNING)},
            "deploying",
            "1.5.0 is being deployed in Staging.",
        ),
        (
            judged(Verdict.DEPLOYING) | {"operation": operation(OperationState.FAILED, message="web crash-loops.")},
            "failed",
            "Its deployment in Staging failed: web crash-loops.",
        ),
        (
            judged(Verdict.DEPLOYING) | {"operation": operation(OperationState.CANCELLED)},
            "failed",
            "Its deployment in Staging was cancelled.",
        ),
        (
            judged(Verdict.DEPLOYING) | {"operation": operation(OperationState.FAILED, unreachable=("a", "b", "c"))},
            "cluster-down",
            "1.5.0 was not deployed in Staging: a, b and c could not be reached.",
        ),
        (
            judged(Verdict.DEPLOYING) | {"operation": operation(OperationState.SUCCEEDED), "clusters": (cluster("a"),)},
            "superseded",
            "1.5.0 was deployed in Staging; 1.4.0 runs there now.",
        ),
        (
            judged(Verdict.SUPERSEDED, by_tag="1.6.0"),
            "superseded",
            "1.6.0 was pushed after 1.5.0 and replaced it.",
        ),
        (
            judged(Verdict.SUPERSEDED, by_tag="1.5.0"),
            "superseded",
            "1.5.0 was pushed again, and the newer image replaced it.",
        ),
        (
            judged(Verdict.UNCHANGED) | {"clusters": (cluster("a", tag="1.5.0"),)},
            "superseded",
            "1.5.0 ran in Staging when it was pushed; another image of 1.5.0 runs there now.",
        ),
        ({"digest": "sha256:ab"}, "no-event", "No registry has reported 1.5.0 with the digest sha256:ab."),
        (
            judged(Verdict.UNCHANGED) | {"clusters": (cluster("a", runs=True), cluster("b", runs=True))},
            "running",
            "1.5.0 runs in Staging since 2026-03-01 12:30 UTC.",
        ),
        (
            judged(Verdict.DEPLOYING)
            | {
                "operation": operation(OperationState.FAILED),
                "clusters": (cluster("a", runs=True), cluster("b", reachable=False)),
            },
            "running-partly",
            "1.5.0 runs on a and not on b. b cannot be reached.",
        ),
        (
            {
                "clusters": (
                    cluster("a", runs=True),
                    cluster("b", lacks=("Deployment web", "Service web", "Secret web", "ConfigMap web", "Ingress web")),
                )
            },
            "running-partly",
            "1.5.0 runs on a and not on b. b lacks Deployment web, Service web, Secret web and 2 more: bring it level.",
        ),
        (
            judged(Verdict.DEPLOYING)
            | {
                "operation": operation(OperationState.RUNNING),
                "clusters": (cluster("a", runs=True), cluster("b")),
            },
            "deploying",
            "1.5.0 is being deployed in Staging.",
        ),
        (
            judged(Verdict.DEPLOYING)
            | {"operation": operation(OperationState.RUNNING), "clusters": (cluster("a", runs=True, healthy=False),)},
            "deploying",
            "1.5.0 is being deployed in Staging.",
        ),
        (
            judged(Verdict.DEPLOYING)
            | {
                "operation": operation(OperationState.FAILED, message="web crash-loops."),
                "clusters": (cluster("a", runs=True, healthy=False),),
            },
            "failed",
            "Its deployment in Staging failed: web crash-loops.",
        ),
        (
            {"clusters": (cluster("a", runs=True), cluster("b", runs=True, healthy=False))},
            "running",
            "1.5.0 runs in Staging since 2026-03-01 12:30 UTC. It is not ready on b.",
        ),
        (
            {
                "image_push": ImagePushFact(push=7, state=ImagePushState.DECIDED, repository="registry.example/other"),
                "repository_runs": False,
            },
            "unmatched",
            "No container in Staging runs its repository, registry.example/other.",
        ),
    ],
)
def test_the_answer_is_the_one_that_helps_most(facts, code, sentence):
    answer = why(**facts)

    assert (answer.code, answer.sentence) == (code, sentence)


def test_what_runs_is_explained_whether_or_not_a_registry_reported_it():
    assert why(clusters=(cluster("a", runs=True),)).code == "running"


def test_details_name_what_a_program_needs():
    assert why(**judged(Verdict.REFUSED, code="downgrade")).details == {"rule": "downgrade"}
    assert why(**judged(Verdict.SUPERSEDED, by_tag="1.6.0")).details == {"by": "1.6.0"}
    assert why(**judged(Verdict.PENDING), active=operation(OperationState.QUEUED)).details == {"operation": "op-1"}


_texts = st.none() | st.sampled_from(["x", "It is so."])
_moments = st.none() | st.just(AT)
_operations = st.builds(
    OperationFact,
    id=st.just("op-1"),
    kind=st.just("deploy"),
    state=st.sampled_from(OperationState),
    message=_texts,
    unreachable=st.lists(st.sampled_from("ab"), unique=True).map(tuple),
)


@given(
    st.builds(
        ExplanationFacts,
        environment=st.just("Staging"),
        tag=st.just("1.5.0"),
        configured=st.booleans(),
        repository_runs=st.booleans(),
        image_push=st.none()
        | st.builds(
            ImagePushFact,
            push=st.just(7),
            state=st.sampled_from(ImagePushState),
            code=_texts,
            reason=_texts,
            next_try_at=_moments,
        ),
        verdict=st.none()
        | st.builds(VerdictFact, verdict=st.sampled_from(Verdict), code=_texts, reason=_texts, by_tag=_texts),
        operation=st.none() | _operations,
        active=st.none() | _operations,
        clusters=st.lists(
            st.builds(
                ClusterFact,
                name=st.sampled_from("abc"),
                reachable=st.booleans(),
                runs=st.booleans(),
                healthy=st.booleans(),
                since=_moments,
                tag=_texts,
            ),
            max_size=3,
        ).map(tuple),
    )
)
def test_all_facts_have_one_answer_in_a_sentence(facts):
    answer = explain(facts)

    assert answer == explain(facts)
    assert answer.sentence.endswith((".", "x"))
    assert "None" not in answer.sentence
    assert orjson.dumps(answer.details)


def test_a_pending_image_names_the_gates_that_it_waits_for_until_when_and_who_can_open_them():
    freeze = Gate(kind=GateKind.FREEZE, id="f", reason="Sale", until=AT, opened_by="An administrator can.")
    hold = Gate(kind=GateKind.HOLD, id="h", reason="Look.", until=None, opened_by="Ada can.")
    answer = why(**judged(Verdict.PENDING), gates=(freeze, hold))
    assert (answer.code, answer.sentence) == (
        "gate-closed",
        "It waits in Staging. Freeze until 2026-03-01 12:30 UTC: Sale. Hold: Look. An administrator can.",
    )
    assert [(each["kind"], each["until"]) for each in answer.details["gates"]] == [
        ("freeze", "2026-03-01T12:30:00+00:00"),
        ("hold", None),
    ]


def test_an_operation_in_progress_explains_more_than_a_gate():
    stop = Gate(kind=GateKind.STOP, id="s", reason="Restore.", until=None, opened_by="Ada can.")
    assert why(**judged(Verdict.PENDING), active=operation(OperationState.RUNNING), gates=(stop,)).code == "waiting"


def in_custom_resource(tag, cluster="prod-eu"):
    return CustomImageFact(resource="Database db", path="spec.image", cluster=cluster, tag=tag)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"custom": (in_custom_resource("1.5.0"), in_custom_resource("1.5.0", "prod-us"))},
            "Database db (spec.image) on prod-eu and prod-us names 1.5.0; when pods follow it, its operator decides.",
        ),
        (
            {"image_push": DECIDED, "repository_runs": False, "custom": (in_custom_resource("1.4.0"),)},
            (
                "No container in Staging runs its repository; Database db (spec.image) on prod-eu names 1.4.0 of it. "
                "Stagecoach changes no image in a custom resource: change it there, or import the resource again."
            ),
        ),
    ],
)
def test_where_no_container_runs_the_repository_a_custom_resource_that_names_it_is_the_answer(facts, sentence):
    answer = why(**facts)
    assert (answer.code, answer.sentence) == ("in-custom-resource", sentence)


def test_where_a_container_runs_the_repository_custom_resources_are_no_answer():
    assert why(image_push=DECIDED, custom=(in_custom_resource("1.5.0"),)).code == "unmatched"
    assert why(clusters=(cluster("a", runs=True),), custom=(in_custom_resource("1.5.0"),)).code == "running"
    assert why(custom=(in_custom_resource("1.4.0"),)).code == "no-event"


def test_where_clusters_did_not_get_it_the_answer_says_whether_they_do_when_they_answer():
    missed = "prod-us missed the promotion. It gets it when it answers."
    clusters = (cluster("prod-eu", runs=True), cluster("prod-us", reachable=False, tag="1.3.0"))
    answer = why(clusters=clusters, catching_up=(missed,))
    assert answer.code == "running-partly"
    assert answer.sentence.endswith(missed)
    assert answer.details["catching_up"] == [missed]
    everywhere = why(clusters=(cluster("prod-eu", runs=True),), catching_up=(missed,))
    assert missed not in everywhere.sentence

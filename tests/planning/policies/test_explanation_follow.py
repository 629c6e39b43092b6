"""Why a tag is not here yet where the app environment follows another one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.follows import FollowCode, FollowStanding
from domain.gates import Gate, GateKind
from domain.words import ImagePushState, Verdict
from services.planning.policies.explanation import explain
from services.planning.policies.explanation_facts import (
    Answer,
    AnswerCode,
    ClusterFact,
    ExplanationFacts,
    FollowFact,
    ImagePushFact,
    VerdictFact,
)

NOW = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
PROVING = FollowStanding(
    code=FollowCode.PROVING,
    detail="What Staging runs has to be healthy for 10 minutes before it is promoted to Production.",
    due_at=NOW + timedelta(minutes=6, seconds=30),
)
FOLLOW = FollowFact(source="Staging", runs_there=True, standing=PROVING, now=NOW)
HOLD = Gate(kind=GateKind.HOLD, id="h", reason="Month end", until=None, opened_by="Ask ops.")


def why(follow: FollowFact = FOLLOW, **facts) -> Answer:
    return explain(ExplanationFacts(environment="Production", tag="1.5.0", follow=follow, **facts))


def test_the_minutes_that_are_left_are_said():
    answer = why()
    assert answer.code is AnswerCode.FOLLOWS
    assert answer.sentence == (
        "Production follows Staging, which runs 1.5.0. What Staging runs has to be healthy for 10 minutes before it is "
        "promoted to Production. 7 minutes are left."
    )
    assert (answer.details["waits_for"], answer.details["minutes_left"]) == ("proving", 7)


@pytest.mark.parametrize(("seconds", "words"), [(40, "1 minute is left."), (0, "it is promoted now.")])
def test_the_last_minute_is_said_as_one(seconds: int, words: str):
    due = replace(PROVING, due_at=NOW + timedelta(seconds=seconds))
    assert why(replace(FOLLOW, standing=due)).sentence.endswith(words)


def test_a_hold_is_said_beside_the_minutes():
    answer = why(replace(FOLLOW, gates=(HOLD,)))
    assert answer.sentence.endswith("7 minutes are left. Besides, Hold: Month end. Ask ops.")
    assert answer.details["gates"] == [{"kind": "hold", "id": "h", "reason": "Month end"}]


def test_a_gate_that_is_what_it_waits_for_is_said_once():
    closed = FollowStanding(code=FollowCode.GATE_CLOSED, detail=f"{HOLD} {HOLD.opened_by}")
    assert why(replace(FOLLOW, standing=closed, gates=(HOLD,))).sentence.count("Month end") == 1


def test_what_was_rolled_back_is_said():
    back = FollowStanding(code=FollowCode.ROLLED_BACK, detail="ann rolled web 1.5.0 back in Production.", operation="o")
    answer = why(replace(FOLLOW, standing=back))
    assert answer.sentence.endswith("ann rolled web 1.5.0 back in Production.")
    assert (answer.details["minutes_left"], answer.details["operation"]) == (None, "o")


def test_a_tag_that_the_source_does_not_run_is_said():
    assert (
        why(replace(FOLLOW, runs_there=False)).sentence == "Production follows Staging, and 1.5.0 does not run there."
    )


def test_before_the_first_look_it_is_said_that_one_comes():
    assert "in a moment" in why(replace(FOLLOW, standing=None)).sentence


def test_what_is_offered_there_is_explained_by_what_is_followed():
    offered = VerdictFact(verdict=Verdict.OFFERED)
    push = ImagePushFact(push=7, state=ImagePushState.DECIDED)
    assert why(verdict=offered, image_push=push).code is AnswerCode.FOLLOWS


def test_what_was_deployed_there_by_hand_is_explained_by_its_operation():
    push = ImagePushFact(push=7, state=ImagePushState.DECIDED)
    assert why(verdict=VerdictFact(verdict=Verdict.DEPLOYING), image_push=push).code is not AnswerCode.FOLLOWS


def test_what_runs_is_said_first():
    assert why(clusters=(ClusterFact(name="eu", reachable=True, runs=True),)).code is AnswerCode.RUNNING

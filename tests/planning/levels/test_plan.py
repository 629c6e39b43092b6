"""How a cluster stands with each application, and the digest over all that is written."""

from domain.cluster_api import ClusterFailure
from domain.problems import Problem, Severity
from domain.words import Action, OnConflict
from services.planning.copying.plan import ClusterCopyPlan, CopyPlan
from services.planning.levels.plan import LevelMember, LevelPlan, LevelState


def copy_plan(*, writes: bool = True, blocked: bool = False, reachable: bool = True, digest: str = "d") -> CopyPlan:
    problem = Problem(code="target-differs", severity=Severity.BLOCKS, detail="It differs.", cluster="new")
    away = Problem(code="unreachable", severity=Severity.WARNS, detail="It does not answer.", cluster="new")
    return CopyPlan(
        source=None,
        namespace="shop",
        clusters=(
            ClusterCopyPlan(
                cluster="new",
                cluster_id="id-new",
                namespace="shop",
                namespace_action=Action.CREATE if writes else Action.UNCHANGED,
                namespace_object=None,
                resources=(),
                problems=(*([problem] if blocked else []), *([] if reachable else [away])),
                unchecked=(),
                digest="cluster",
                reachable=reachable,
            ),
        ),
        problems=(),
        on_conflict=OnConflict.FAIL,
        digest=digest,
    )


def member(name: str = "shop", **changes) -> LevelMember:
    return LevelMember(application=name, plan=copy_plan(**changes))


def level(*members: LevelMember) -> LevelPlan:
    return LevelPlan(environment="Production", cluster="new", members=members)


FAILED = LevelMember(
    application="shop", plan=None, failure=ClusterFailure(code="unreachable", detail="No other answers.")
)


def test_a_cluster_is_level_lacks_something_is_blocked_or_cannot_be_read():
    assert [
        each.state for each in (member(writes=False), member(), member(blocked=True), member(reachable=False), FAILED)
    ] == [LevelState.LEVEL, LevelState.LACKING, LevelState.BLOCKED, LevelState.UNKNOWN, LevelState.UNKNOWN]


def test_what_is_in_the_way_is_said_and_nothing_else():
    said = [each.why_not for each in (member(), member(blocked=True), member(reachable=False), FAILED)]
    assert said == ["", "It differs.", "It does not answer.", "No other answers."]


def test_one_application_that_cannot_be_judged_keeps_the_whole_from_being_level():
    assert level(member(writes=False)).nothing_to_do
    assert not level(member(writes=False), FAILED).nothing_to_do
    assert level(member(), FAILED).blocked


def test_the_digest_covers_what_is_written_and_not_what_is_level_already():
    one, level_already = member("blog", digest="1"), member("shop", writes=False, digest="2")
    assert level(one).digest == level(one, level_already).digest
    assert level(one).digest != level(member("blog", digest="3")).digest
    assert level(one).digest != level(member("shop", digest="1")).digest

"""What registries said of a plan's images: absent, other, for other nodes, not to be pulled; and older ones."""

from datetime import UTC, datetime

from domain.images import Image, ImageChange
from domain.problems import Severity
from domain.stored.image_copies import ImageCopy
from domain.tag_directions import Direction
from domain.words import Action
from services.planning.images.running import ClusterFacts
from services.planning.policies.tags import ImagePolicies
from services.planning.preflight.downgrades import downgrades, with_directions
from services.planning.preflight.registry_images import registry_images
from services.planning.preflight.registry_values import (
    ImageInRegistry,
    Node,
    PlannedCopy,
    PulledBy,
    PullProblem,
    RegistryAnswers,
)
from services.planning.preflight.values import PlannedOn, PreflightFacts
from tests.support.image_plans import ONE, PRODUCTION, STAGING, TWO, promote, resource

WEB = ("apps", "Deployment", "web")
AFTER = f"registry.prod/shop/web:1.5.0@{TWO}"


def change(after: str = AFTER, *, before: str = "registry.prod/shop/web:1.4.0", digest=None, action=Action.UPDATE):
    return ImageChange(
        workload=resource("web"),
        container="web",
        init=False,
        pointer="/spec/template/spec/containers/0",
        before=Image.of(before, digest=ONE),
        after=Image.of(after, digest=digest),
        action=action,
    )


def found(answers: RegistryAnswers, *changes: ImageChange):
    facts = PreflightFacts(cluster="prod-eu", running=ClusterFacts(cluster="prod-eu"))
    return [*registry_images(facts, PlannedOn(changes=changes or (change(),), registry=answers))]


def codes(answers: RegistryAnswers, *changes: ImageChange) -> list[tuple[str, Severity]]:
    return [(each.code, each.severity) for each in found(answers, *changes)]


def present(*platforms: str, digest: str = TWO) -> dict[str, ImageInRegistry]:
    return {AFTER: ImageInRegistry(digest=digest, platforms=platforms)}


def nodes(*platforms: str | None, takes=frozenset({WEB})) -> dict[str, tuple[Node, ...]]:
    return {"prod-eu": tuple(Node(platform=each, takes=takes) for each in platforms)}


def test_nothing_is_said_of_an_image_that_is_there_or_of_which_nothing_is_known():
    assert found(RegistryAnswers()) == []
    assert found(RegistryAnswers(images=present("linux/amd64"), nodes=nodes("linux/amd64"))) == []
    assert found(RegistryAnswers(images=present("linux/amd64"))) == []


def test_an_image_that_is_not_in_its_registry_yet_blocks_and_says_where():
    absent = RegistryAnswers(images={AFTER: ImageInRegistry(digest=None)})
    [problem] = found(absent)
    assert (problem.code, problem.severity, problem.field) == ("image-not-in-registry", Severity.BLOCKS, "web")
    assert "registry.prod/shop/web:1.5.0 (222222222222) is not in registry.prod yet" in problem.detail
    assert found(absent, change(action=Action.UNCHANGED)) == []


def test_a_tag_that_names_another_image_there_warns():
    tagged = "registry.prod/shop/web:1.5.0"
    answers = RegistryAnswers(images={tagged: ImageInRegistry(digest=ONE)})
    assert codes(answers, change(tagged, digest=TWO)) == [("image-differs-in-registry", Severity.WARNS)]
    assert codes(answers, change(tagged, digest=ONE)) == []
    assert codes(answers, change(tagged)) == []


def test_an_image_for_no_node_blocks_and_one_for_some_of_them_warns():
    amd64 = present("linux/amd64")
    for platforms, expected in (
        (("linux/arm64", "linux/arm64"), [("image-platform", Severity.BLOCKS)]),
        (("linux/amd64", "linux/arm64"), [("image-platform", Severity.WARNS)]),
        (("linux/amd64", None), []),
        ((), []),
    ):
        assert codes(RegistryAnswers(images=amd64, nodes=nodes(*platforms))) == expected, platforms
    elsewhere = nodes("linux/arm64", takes=frozenset())
    assert codes(RegistryAnswers(images=amd64, nodes=elsewhere)) == []
    assert codes(RegistryAnswers(images=present(), nodes=nodes("linux/arm64"))) == []


def test_a_node_runs_what_its_container_runtime_chooses_of_an_index():
    for platform, node in (
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm/v7", "linux/arm64"),
        ("linux/386", "linux/amd64"),
        ("windows/amd64", "windows/amd64"),
    ):
        assert codes(RegistryAnswers(images=present(platform), nodes=nodes(node))) == [], platform
    assert codes(RegistryAnswers(images=present("windows/amd64"), nodes=nodes("linux/amd64"))) != []


def test_a_pull_secret_that_is_missing_or_refused_warns():
    by = PulledBy(cluster="prod-eu", workload=WEB, reference=AFTER)
    for problem, code in (
        (PullProblem.MISSING, "pull-secret-missing"),
        (PullProblem.ELSEWHERE, "pull-secret-missing"),
        (PullProblem.REFUSED, "pull-secret-refused"),
    ):
        assert codes(RegistryAnswers(pulls={by: problem})) == [(code, Severity.WARNS)]
    other = PulledBy(cluster="prod-us", workload=WEB, reference=AFTER)
    assert codes(RegistryAnswers(pulls={other: PullProblem.MISSING})) == []


def test_a_registry_that_could_not_be_asked_is_told_once():
    silent = RegistryAnswers(silent={"registry.prod": "No answer."})
    second = change("registry.prod/shop/api:2")
    assert codes(silent, change(), second) == [("registry-unread", Severity.TELLS)]
    assert codes(silent, change("registry.dev/shop/web:2")) == []


def test_it_is_a_warning_that_a_registry_could_not_be_asked_where_images_are_to_be_copied_to_it():
    uncopied = RegistryAnswers(silent={"registry.prod": "No answer."}, copied_to=frozenset({"registry.prod"}))
    [problem] = found(uncopied, change(), change("registry.prod/shop/api:2"))
    assert (problem.code, problem.severity) == ("registry-unread", Severity.WARNS)
    assert "No answer. So none is copied there first" in problem.detail
    assert found(RegistryAnswers(images=present(), copied_to=frozenset({"registry.prod"}))) == []


def test_an_older_image_is_called_a_downgrade_with_its_build_time_where_that_is_known():
    built = {
        AFTER: datetime(2026, 11, 1, 8, tzinfo=UTC),
        "registry.prod/shop/web:1.6.0": datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
    }
    answers = RegistryAnswers(images={key: ImageInRegistry(digest=TWO, built_at=at) for key, at in built.items()})
    facts = PreflightFacts(cluster="prod-eu", running=ClusterFacts(cluster="prod-eu"))
    older = change(before="registry.prod/shop/web:1.6.0")
    [problem] = downgrades(facts, PlannedOn(changes=(older,), registry=answers))
    assert (problem.code, problem.severity) == ("downgrade", Severity.WARNS)
    assert problem.detail == (
        "This is a downgrade: Deployment web, container web, would get 1.5.0 (built 2026-11-01 08:00 UTC), which is "
        "older than 1.6.0 (built 2026-11-20 09:30 UTC)."
    )
    assert [*downgrades(facts, PlannedOn(changes=(change(),), registry=answers))] == []


def test_build_times_change_what_a_plan_says_of_a_change_and_not_its_digest():
    plan = promote(STAGING, PRODUCTION)
    [older, same] = plan.clusters[0].changes
    built = {
        older.before.reference: datetime(2026, 11, 20, tzinfo=UTC),
        older.after.reference: datetime(2026, 11, 1, tzinfo=UTC),
    }
    judged = with_directions(plan, ImagePolicies(), built)
    assert [each.direction for each in judged.clusters[0].changes] == [Direction.DOWNGRADE, same.direction]
    assert judged.digest == plan.digest
    stored = ImageChange.from_json(judged.clusters[0].changes[0].to_json())
    assert stored.direction is Direction.DOWNGRADE
    assert "direction" not in older.to_json()


def copying(**changes) -> RegistryAnswers:
    """The image is not there yet, and is copied from Development's registry."""
    copy = ImageCopy(source="registry.dev/shop/web:1.5.0", target="registry.prod/shop/web:1.5.0", digest=TWO)
    absent = {AFTER: ImageInRegistry(digest=None)}
    return RegistryAnswers(images=absent, copies={AFTER: PlannedCopy(copy=copy, **changes)})


def test_an_image_that_is_copied_first_is_told():
    assert codes(copying()) == [("image-copied-first", Severity.TELLS)]


def test_a_push_right_that_could_not_be_found_out_is_a_warning_and_blocks_nothing():
    assert codes(copying(push_unread=True)) == [
        ("image-copied-first", Severity.TELLS),
        ("registry-unread", Severity.WARNS),
    ]
    said = found(copying(push_unread=True))[-1].detail
    assert said.startswith("registry.prod did not say in time whether registry.prod/shop/web may be pushed there.")

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.images import ContainerRef
from domain.resources import ResourceId
from domain.words import DeployMode, Verdict
from services.planning.policies.parsing import parse_policies
from services.planning.policies.push_decision import decide, decide_after_switch, preview
from services.planning.policies.semver import tag_version
from services.planning.policies.tags import Accepted, ImagePolicies, RefusalRule, evaluate
from services.planning.policies.values import (
    ImagePush,
    PriorVerdict,
    PushFacts,
    Running,
)
from tests.support import policy_strategies as some

WEB = "registry.example/shop/web"
API = "registry.example/shop/api"


def digest(number):
    return f"sha256:{number:064x}"


def container(name="web", workload="web"):
    return ContainerRef(workload=ResourceId.of("apps/v1", "Deployment", workload), container=name)


MAIN = f"{WEB}:main@{digest(0)}"


def runs(image=MAIN, name="web", workload="web"):
    found = Running.of(container(name, workload), image)
    assert found is not None
    return found


def came(push, tag="main", repository=WEB, hours=None, of=None):
    at = None if hours is None else some.START.replace(hour=hours)
    return ImagePush(push=push, repository=repository, tag=tag, digest=digest(of or push), built_at=at)


def place(*image_pushes, running=None, mode=DeployMode.AUTO, prior=(), **rule):
    return PushFacts(
        mode=mode,
        policies=parse_policies({"rules": [rule]} if rule else {}),
        running=(runs(),) if running is None else running,
        image_pushes=image_pushes,
        prior=tuple(prior),
    )


def was(image_push, verdict, under_way=False, name="web", workload="web"):
    return PriorVerdict(
        image_push=image_push, verdict=verdict, containers=(container(name, workload).key,), under_way=under_way
    )


def verdicts(decision):
    return {judged.push: judged.verdict.value for judged in decision.verdicts}


def test_on_auto_a_pushed_image_is_deployed_next():
    decision = decide(place(came(1, "feature")))

    assert verdicts(decision) == {1: "pending"}
    assert [image.image for image in decision.next] == [f"{WEB}:feature@{digest(1)}"]
    assert decision.offered == ()


def test_on_manual_it_is_offered():
    decision = decide(place(came(1), mode=DeployMode.MANUAL))

    assert verdicts(decision) == {1: "offered"}
    assert decision.next == ()
    assert [image.image_push.push for image in decision.offered] == [1]


def test_the_image_keeps_the_spelling_of_the_manifest():
    decision = decide(place(came(1, "1.27", "docker.io/library/nginx"), running=(runs("nginx:1.25"),)))

    assert [image.image for image in decision.next] == [f"nginx:1.27@{digest(1)}"]


def test_an_image_push_without_a_digest_is_deployed_by_its_tag():
    decision = decide(place(replace(came(1, "next"), digest=None)))

    assert [image.image for image in decision.next] == [f"{WEB}:next"]


def test_what_no_container_runs_is_unmatched():
    decision = decide(place(came(1), came(2, repository=API)))

    assert decision.unmatched == (2,)
    assert verdicts(decision) == {1: "pending"}


def test_of_a_burst_the_last_push_is_deployed_and_the_others_are_superseded_by_it():
    decision = decide(place(came(1), came(3), came(2)))

    assert verdicts(decision) == {1: "superseded", 2: "superseded", 3: "pending"}
    assert {judged.by_push for judged in decision.verdicts if judged.verdict is Verdict.SUPERSEDED} == {3}
    assert decision.pushes == (3,)


def test_a_waiting_push_is_superseded_by_a_later_one():
    decision = decide(place(came(2), prior=[was(came(1), Verdict.PENDING)]))

    assert verdicts(decision) == {1: "superseded", 2: "pending"}


def test_a_waiting_push_keeps_its_verdict():
    decision = decide(place(prior=[was(came(1), Verdict.PENDING)]))

    assert decision.verdicts == ()
    assert decision.pushes == (1,)


def test_a_late_report_does_not_replace_a_later_push():
    decision = decide(
        place(came(1), running=(runs(f"{WEB}:main@{digest(2)}"),), prior=[was(came(2), Verdict.DEPLOYING)])
    )

    assert verdicts(decision) == {1: "superseded"}
    assert decision.next == ()


def test_a_late_report_does_not_replace_a_later_push_that_was_found_running():
    decision = decide(place(came(1), prior=[was(came(2, of=99), Verdict.UNCHANGED)]))

    assert verdicts(decision) == {1: "superseded"}


def test_a_late_report_is_deployed_where_the_policy_ranks_it_higher():
    decision = decide(
        place(
            came(1, "1.6.0"),
            running=(runs(f"{WEB}:1.5.0"),),
            prior=[was(came(2, "1.5.0"), Verdict.DEPLOYING)],
            newest_by="semver",
        )
    )

    assert verdicts(decision) == {1: "pending"}


def test_after_a_rollback_a_later_push_is_judged_against_what_runs():
    decision = decide(
        place(
            came(3, "1.4.1"),
            running=(runs(f"{WEB}:1.4.0"),),
            prior=[was(came(1, "1.4.0"), Verdict.DEPLOYING), was(came(2, "1.5.0"), Verdict.DEPLOYING)],
            newest_by="semver",
        )
    )

    assert verdicts(decision) == {3: "pending"}


def test_while_an_operation_is_under_way_what_it_brings_counts_as_running():
    under_way = [was(came(1, "1.5.0"), Verdict.DEPLOYING, under_way=True)]
    decision = decide(place(came(2, "1.4.9"), came(3, "1.5.0", of=1), running=(runs(f"{WEB}:1.4.0"),), prior=under_way))

    assert verdicts(decision) == {2: "refused", 3: "unchanged"}


def test_an_image_push_of_an_operation_is_not_decided_again():
    decision = decide(place(came(1), prior=[was(came(1), Verdict.DEPLOYING)]))

    assert decision.verdicts == ()
    assert decision.next == ()


def test_what_runs_already_is_unchanged():
    decision = decide(place(came(1, of=7), running=(runs(f"{WEB}:main@{digest(7)}"),)))

    assert verdicts(decision) == {1: "unchanged"}
    assert decision.next == ()


def test_what_was_unchanged_is_so_again():
    decision = decide(
        place(
            came(1, of=7),
            running=(runs(f"{WEB}:main@{digest(7)}"),),
            prior=[was(came(1, of=7), Verdict.UNCHANGED)],
        )
    )

    assert decision.verdicts == ()


def test_a_tag_that_was_moved_away_and_back_is_unchanged_and_supersedes_what_was_between():
    decision = decide(place(came(1, of=5), came(2, of=7), running=(runs(f"{WEB}:main@{digest(7)}"),)))

    assert verdicts(decision) == {1: "superseded", 2: "unchanged"}


def test_the_same_tag_with_a_digest_is_new_where_the_running_digest_is_unknown():
    assert verdicts(decide(place(came(1), running=(runs(f"{WEB}:main"),)))) == {1: "pending"}


def test_the_same_tag_without_a_digest_changes_nothing():
    decision = decide(place(replace(came(1), digest=None), running=(runs(f"{WEB}:main"),)))

    assert verdicts(decision) == {1: "unchanged"}


def test_a_refusal_names_its_rule_and_reason():
    judged = decide(place(came(1, "main"), select={"kind": "glob", "pattern": "release-*"})).verdicts[0]

    assert (judged.verdict, judged.code) == (Verdict.REFUSED, RefusalRule.SELECT)
    assert judged.reason == "The policy here takes tags like 'release-*', which 'main' is not."


def test_what_is_refused_supersedes_nothing():
    decision = decide(place(came(1, "release-1"), came(2, "main"), select={"kind": "glob", "pattern": "release-*"}))

    assert verdicts(decision) == {1: "pending", 2: "refused"}


def test_a_burst_is_not_downgraded_within_itself():
    decision = decide(place(came(1, "1.5.0"), came(2, "1.4.9"), running=(runs(f"{WEB}:1.4.0"),)))

    assert verdicts(decision) == {1: "pending", 2: "refused"}


def test_several_containers_are_deployed_together():
    both = (runs(), runs(f"{API}:main", workload="api", name="api"))
    decision = decide(place(came(1), came(2, repository=API), came(3), running=both))

    assert [(image.container.container, image.image_push.push) for image in decision.next] == [("web", 3), ("api", 2)]
    assert decision.pushes == (2, 3)


def test_an_image_is_deployed_to_each_container_whose_policy_accepts_it():
    both = (runs(), runs(workload="worker", name="worker"))
    decision = decide(place(came(1), running=both, match={"container": "worker"}, deny=["main"]))

    assert verdicts(decision) == {1: "pending"}
    assert [each.container for each in decision.verdicts[0].containers] == ["web"]


def test_what_is_blocked_waits_for_something_newer():
    blocked = [was(came(1), Verdict.BLOCKED)]

    assert decide(place(prior=blocked)).next == ()
    assert verdicts(decide(place(came(2), prior=blocked))) == {1: "superseded", 2: "pending"}


def test_going_to_auto_takes_what_is_offered_and_what_was_blocked():
    waiting = [was(came(1), Verdict.BLOCKED), was(came(2, repository=API), Verdict.OFFERED, name="api", workload="api")]
    both = (runs(), runs(f"{API}:main", workload="api", name="api"))
    facts = place(prior=waiting, running=both, mode=DeployMode.MANUAL)

    assert decide_after_switch(facts).pushes == (1, 2)
    assert decide(facts).next == ()


def test_going_to_manual_offers_what_was_wanted():
    decision = decide(place(prior=[was(came(1), Verdict.PENDING)], mode=DeployMode.MANUAL))

    assert verdicts(decision) == {1: "offered"}


def test_an_offer_that_people_have_deployed_is_unchanged():
    offered = [was(came(1), Verdict.OFFERED)]
    running = (runs(f"{WEB}:main@{digest(1)}"),)

    assert verdicts(decide(place(prior=offered, running=running, mode=DeployMode.MANUAL))) == {1: "unchanged"}


def test_a_preview_evaluates_each_known_tag():
    policies = parse_policies({"rules": [{"select": {"kind": "semver", "range": "1.x"}, "newest_by": "semver"}]})
    known = [came(1, "1.9.0"), came(2, "1.10.0"), came(3, "main"), came(4, "1.1.0"), came(5, "1.9.0", API)]
    shown = preview(policies, (runs(f"{WEB}:1.2.0"),), known)

    assert [(each.image_push.tag, each.taken, each.newest, each.rule) for each in shown] == [
        ("1.9.0", True, False, None),
        ("1.10.0", True, True, None),
        ("main", False, False, "select"),
        ("1.1.0", False, False, "downgrade"),
    ]


_modes = st.sampled_from(DeployMode)
_image_pushes = some.candidates().map(
    lambda found: tuple(
        ImagePush(push=c.push, repository=WEB, tag=c.tag, digest=c.digest, built_at=c.built_at) for c in found
    )
)


@given(some.policies, some.tags, _image_pushes, _modes, st.randoms())
def test_a_decision_does_not_depend_on_the_order_in_which_facts_are_read(stored, tag, image_pushes, mode, rng):
    facts = PushFacts(
        mode=mode, policies=parse_policies(stored), running=(runs(f"{WEB}:{tag}"),), image_pushes=image_pushes
    )
    shuffled = replace(facts, image_pushes=tuple(rng.sample(image_pushes, len(image_pushes))))

    assert decide(facts) == decide(shuffled)


@given(some.policies, some.tags, _image_pushes, _modes)
def test_the_next_images_are_accepted_and_every_push_has_a_verdict(stored, tag, image_pushes, mode):
    policies = parse_policies(stored)
    decision = decide(
        PushFacts(mode=mode, policies=policies, running=(runs(f"{WEB}:{tag}"),), image_pushes=image_pushes)
    )
    chosen = (*decision.next, *decision.offered)

    assert set(verdicts(decision)) == {image_push.push for image_push in image_pushes}
    assert len(chosen) <= 1
    for image in chosen:
        policy = policies.policy_for("web", WEB)
        assert evaluate(policy, image.image_push.candidate, tag) == Accepted()
        before, after = tag_version(tag), tag_version(image.image_push.tag)
        assert policy.allow_downgrade or before is None or after is None or after >= before


@given(some.policies, some.tags, _image_pushes, st.data())
def test_deciding_in_two_steps_equals_deciding_at_once(stored, tag, image_pushes, data):
    policies, running = parse_policies(stored), (runs(f"{WEB}:{tag}"),)
    facts = PushFacts(mode=DeployMode.AUTO, policies=policies, running=running, image_pushes=image_pushes)
    ordered = sorted(image_pushes, key=lambda image_push: image_push.push)
    cut = data.draw(st.integers(0, len(ordered)))
    first = decide(replace(facts, image_pushes=tuple(ordered[:cut])))
    waits = [was(image.image_push, Verdict.PENDING) for image in first.next]

    assert decide(replace(facts, image_pushes=tuple(ordered[cut:]), prior=tuple(waits))).next == decide(facts).next


@pytest.mark.parametrize("mode", DeployMode)
@given(data=st.data())
def test_the_last_push_wins_whatever_the_interleaving(mode, data):
    """Reports come in any order and in any portions; between them, deployments run to their end or do not."""
    total = data.draw(st.integers(1, 6))
    order = data.draw(st.permutations([came(push) for push in range(1, total + 1)]))
    facts = PushFacts(mode=mode, policies=ImagePolicies(), running=(runs(),))
    while order:
        size = data.draw(st.integers(1, len(order)))
        portion, order = order[:size], order[size:]
        decision = decide(replace(facts, image_pushes=tuple(portion)))
        (image,) = (*decision.next, *decision.offered) or (None,)
        if image is None:
            continue
        if data.draw(st.booleans()):
            facts = replace(facts, running=(runs(image.image),), prior=(was(image.image_push, Verdict.DEPLOYING),))
        else:
            kept = tuple(each for each in facts.prior if each.verdict is Verdict.DEPLOYING)
            facts = replace(facts, prior=(*kept, was(image.image_push, Verdict.PENDING)))
    final = decide(facts)
    (image,) = (*final.next, *final.offered) or (None,)
    running = facts.running[0].digest if image is None else image.image_push.digest

    assert running == digest(total)

"""Where an image leads from what runs: by the policy of the target, by build times, by tags."""

from datetime import UTC, datetime

from domain.images import Image
from domain.tag_directions import Direction
from services.planning.policies.directions import judged_direction
from services.planning.policies.parsing import parse_policies
from services.planning.policies.tags import Policy
from tests.support.image_plans import ONE, TWO

OLD, NEW = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)


def leads(before: str, after: str, *, policy: Policy | None = None, built: tuple[datetime | None, ...] = ()):
    images = [f"shop/web:{tag}" if "@" not in tag else f"shop/web{tag}" for tag in (before, after)]
    known = {image: at for image, at in zip(images, built, strict=False) if at is not None}
    return judged_direction(*map(Image.of, images), policy=policy or Policy(), built=known)


def policy(**rule: object) -> Policy:
    return parse_policies({"rules": [rule]}).policy_for("web", "docker.io/shop/web")


def test_the_order_of_the_targets_policy_goes_before_build_times_and_tags():
    captured = policy(select={"kind": "regex", "pattern": r"build-(\d+)-.*"}, newest_by="capture")
    assert leads("build-10-abc", "build-9-def", policy=captured, built=(OLD, NEW)) is Direction.DOWNGRADE
    assert leads("build-9-def", "build-10-abc", policy=captured, built=(NEW, OLD)) is Direction.UPGRADE
    semver = policy(select={"kind": "semver", "range": "*"}, newest_by="semver")
    assert leads("1.5.0", "1.6.0", policy=semver, built=(NEW, OLD)) is Direction.UPGRADE
    built = policy(newest_by="built")
    assert leads("1.5.0", "1.4.1", policy=built, built=(OLD, NEW)) is Direction.UPGRADE


def test_without_an_order_of_the_policy_what_was_built_before_is_older():
    assert leads("main-a1b2c3d", "main-d4e5f6a", built=(NEW, OLD)) is Direction.DOWNGRADE
    assert leads("main-a1b2c3d", "main-d4e5f6a", built=(OLD, NEW)) is Direction.UPGRADE
    assert leads("1.5.1", "1.6.0", built=(NEW, OLD)) is Direction.DOWNGRADE


def test_a_lower_version_is_a_downgrade_however_young_it_is():
    assert leads("1.5.0", "1.4.0", built=(OLD, NEW)) is Direction.DOWNGRADE


def test_tags_alone_decide_where_build_times_are_not_known_or_are_equal():
    for built in ((), (OLD,), (None, NEW), (OLD, OLD)):
        assert leads("1.4.0", "1.5.0", built=built) is Direction.UPGRADE
        assert leads("1.5.0", "1.4.0", built=built) is Direction.DOWNGRADE
        assert leads("blue", "green", built=built) is Direction.UNKNOWN


def test_one_tag_with_one_digest_leads_nowhere():
    assert leads(f":1.4.0@{ONE}", f":1.4.0@{ONE}", built=(NEW, OLD)) is Direction.SAME
    assert leads(f":1.4.0@{ONE}", f":1.4.0@{TWO}", built=(NEW, OLD)) is Direction.DOWNGRADE

"""Where a promoted image leads from what runs: by the target's image policy, by build times, or by the tags. Pure.

The policy of the target says what newer means there. Without such an order an image is older that was built before, and
also one whose tag is a lower version: a nightly build of a former version is a downgrade, however young it is.
"""

from collections.abc import Mapping
from datetime import datetime

from domain.images import Image
from domain.tag_directions import Direction
from services.planning.policies.tag_order import is_certainly_lower
from services.planning.policies.tags import Candidate, Newest, Policy, age_key

BuiltAt = Mapping[str, datetime]
"""When images were built, by their references, as far as a registry says."""


def judged_direction(before: Image, after: Image, *, policy: Policy, built: BuiltAt) -> Direction:
    """Where `after` leads from `before`."""
    by_tags = before.direction_to(after)
    if by_tags is Direction.SAME:
        return by_tags
    times = built.get(before.reference), built.get(after.reference)
    by_policy = _by_policy(policy, _candidate(before, times[0]), _candidate(after, times[1]))
    if by_policy is not None:
        return by_policy
    if by_tags is Direction.DOWNGRADE or None in times or times[0] == times[1]:
        return by_tags
    return _compared(*times)


def _candidate(image: Image, built_at: datetime | None) -> Candidate:
    return Candidate(tag=image.tag or "", push=0, digest=image.digest, built_at=built_at)


def _by_policy(policy: Policy, before: Candidate, after: Candidate) -> Direction | None:
    """None where the policy takes the order of pushes, or does not know the age of one of them."""
    if policy.newest_by is Newest.PUSH or before.tag == after.tag:
        return None
    if policy.newest_by is Newest.CAPTURE:  # a release is shorter than its release candidate, and comes after it
        if is_certainly_lower(after.tag, before.tag):
            return Direction.DOWNGRADE
        if is_certainly_lower(before.tag, after.tag):
            return Direction.UPGRADE
    old, new = age_key(policy, before), age_key(policy, after)
    return _compared(old, new) if old[0] and new[0] and old != new else None


def _compared(old: object, new: object) -> Direction:
    """Of two different values of one ordered type."""
    return Direction.UPGRADE if old < new else Direction.DOWNGRADE  # type: ignore[operator]

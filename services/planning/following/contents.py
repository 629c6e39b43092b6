"""The contents that containers run, by which two sets of images are told apart. Pure."""

from collections.abc import Iterable

from domain.images import ContainerImage, ContainerKey, Image
from services.planning.following.values import Content
from services.planning.images.promotion_source import PromotionSource, environment_source
from services.planning.images.running import ClusterFacts
from services.planning.plan import digest_of


def content_of(key: ContainerKey, image: Image) -> Content:
    """A container that has never run, as that of a CronJob, reports no digest: its reference has to do."""
    return (key, image.digest or image.reference)


def contents_of(images: Iterable[ContainerImage]) -> frozenset[Content]:
    return frozenset(content_of(each.key, each.image) for each in images)


def set_digest(contents: Iterable[Content]) -> str:
    """One name for a set of contents."""
    return digest_of({"contents": sorted([*key, what] for key, what in contents)})


def source_of(environment: str, facts: tuple[ClusterFacts, ...]) -> PromotionSource:
    """What a promotion from there would take, under the names that it has there."""
    return environment_source(environment, facts, cluster=None, pin=True, selected=None)


def source_set_digest(environment: str, facts: tuple[ClusterFacts, ...]) -> str | None:
    """The digest of the one set that all clusters run; None where one could not be read, or they differ."""
    source = source_of(environment, facts)
    if any(one.failure is not None for one in facts) or source.skew:
        return None
    return set_digest(contents_of(source.images))

"""What people can do about drift: fields cannot be brought back from fingerprints, and the sentence says so."""

from domain.divergences import Divergence, DivergenceKind
from domain.resources import ResourceId
from services.planning.drift.remedies import remedy


def said(kind: DivergenceKind, *, last_release: int = 7, source: str | None = "Staging") -> str:
    workload = ResourceId.of("apps/v1", "Deployment", "web")
    divergence = Divergence(kind=kind, workload=workload, container="web", init=False)
    return remedy(divergence, last_release=last_release, source=source)


def test_images_are_converged_to_the_last_release_or_accepted():
    for kind in (DivergenceKind.IMAGE_DRIFT, DivergenceKind.DIGEST_DRIFT, DivergenceKind.SKEW):
        assert "release 7" in said(kind)
        assert "accept" in said(kind)


def test_skew_without_a_release_is_accepted_or_promoted_over():
    assert said(DivergenceKind.SKEW, last_release=0).startswith("Accept")


def test_keys_and_fields_are_imported_again_from_the_environment_before():
    for kind in (DivergenceKind.KEY_DRIFT, DivergenceKind.FIELD_DRIFT):
        assert said(kind).startswith("Import it again from Staging to bring it back, or accept it.")
        assert said(kind, source=None).startswith("Configure it again to bring it back")

"""What is refused alike at every owner."""

from domain.cluster_api import Right
from domain.hand_overs import OwnerAddress
from domain.resources import Manifest
from services.planning.images.owner_refusals import missing, refused_by_opt_in, rights_lack

OWNER = OwnerAddress(title="the application shop of Argo CD", namespace="argocd", name="shop")


def right(verb: str, namespace: str | None = "argocd") -> Right:
    return Right(verb=verb, group="argoproj.io", resource="applications", namespace=namespace)


def live(annotations: dict[str, str]) -> Manifest:
    metadata = {"name": "shop", "namespace": "argocd", "annotations": annotations}
    return Manifest({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata})


def test_nothing_is_refused_where_no_right_lacks():
    assert rights_lack(OWNER.title, [], "change it in Git") is None


def test_rights_that_lack_are_named_by_namespace():
    refused = rights_lack(OWNER.title, [right("patch"), right("get"), right("list", None)], "change it in Git")
    assert refused is not None
    assert (
        "may not list applications.argoproj.io and get applications.argoproj.io, patch applications.argoproj.io in "
        "namespace argocd." in refused.detail
    )


def test_an_owner_that_is_missing_on_another_cluster_is_said_to_be_missing_there():
    elsewhere = OwnerAddress(title=OWNER.title, namespace="argocd", name="shop", cluster="hub")
    assert "in namespace argocd of cluster hub" in missing(elsewhere, "change it in Git").detail


def test_an_owner_agrees_for_the_environments_that_its_annotation_names():
    agreed = live({"stagecoach.dev/authorized-environment": "shop/Staging, shop/Production"})
    assert refused_by_opt_in(OWNER, agreed, "shop/Production") is None
    refused = refused_by_opt_in(OWNER, agreed, "shop/Development")
    assert refused is not None
    assert "kubectl annotate applications.argoproj.io -n argocd shop" in refused.detail

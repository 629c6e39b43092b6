"""What is said of a release that renders the wanted image already."""

import pytest

from services.planning.helm.refusals import rendered_already
from services.planning.objects.helm_records import ReleaseName
from tests.support.argocd_manifests import change

SHOP = ReleaseName(namespace="shop", name="shop")
WEB = "registry.example/shop/web"


@pytest.mark.parametrize(
    ("pending", "code", "remedy"),
    [
        (False, "helm-renders-it-already", "Upgrade the release with Helm"),
        (True, "helm-release-pending", "Wait until that upgrade has ended, and plan again."),
    ],
)
def test_an_upgrade_under_way_is_waited_for_and_a_change_beside_helm_is_undone_by_helm(pending, code, remedy):
    refused = rendered_already(SHOP, change(f"{WEB}:1", f"{WEB}:2"), pending=pending)
    assert (refused.code, remedy in refused.detail, f"{WEB}:2" in refused.detail) == (code, True, True)

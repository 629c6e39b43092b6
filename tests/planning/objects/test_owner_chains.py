import pytest

from domain.resources import Manifest
from services.planning.objects.owner_chains import OwnerChain, above, is_application_of, with_chain, yields_images
from services.planning.objects.workload_owners import APPLICATION, OwnerObject, workload_owner
from tests.support.objects import deployment, obj

API = "argoproj.io/v1alpha1"
TRACKED = "argocd.argoproj.io/tracking-id"


def application(*, status=None, metadata=None, **spec) -> Manifest:
    return obj(
        API, "Application", "shop", metadata={"namespace": "argocd", **(metadata or {})}, spec=spec, status=status
    )


def web(**annotations: str) -> Manifest:
    return deployment("web", metadata={"namespace": "shop", "annotations": annotations})


def test_an_application_comes_from_the_application_set_that_controls_it():
    reference = {"apiVersion": API, "kind": "ApplicationSet", "name": "shops", "uid": "1", "controller": True}
    found = above(application(metadata={"ownerReferences": [reference]}, source={"repoURL": "https://git.example/x"}))
    assert found is not None
    assert found.name == "the ApplicationSet shops"
    assert found.object is not None
    assert (found.object.kind.name, found.object.namespace, found.object.name) == ("ApplicationSet", "argocd", "shops")


def test_an_application_that_another_one_tracks_comes_from_that_one():
    found = above(application(metadata={"annotations": {TRACKED: "root:argoproj.io/Application:argocd/shop"}}))
    assert found is not None
    assert found.name == "the application root of Argo CD"
    assert found.object == OwnerObject(kind=APPLICATION, namespace=None, name="root")


def test_an_application_that_nothing_owns_comes_from_its_repositories_without_their_passwords():
    git = {"repoURL": "https://ann:secret@git.example/shop.git"}
    chart = {"repoURL": "https://charts.example", "chart": "shop"}
    found = above(application(sources=[git, chart, git]))
    assert found is not None
    names = "the Git repository https://git.example/shop.git and the chart repository https://charts.example"
    assert (found.name, found.object) == (names, None)


def test_an_address_that_is_no_url_stays_as_it_is():
    found = above(application(source={"repoURL": "git@git.example:shop.git"}))
    assert found is not None
    assert found.name == "the Git repository git@git.example:shop.git"


def test_an_object_of_flux_comes_from_its_source():
    body = obj(
        "kustomize.toolkit.fluxcd.io/v1", "Kustomization", "shop", metadata={"namespace": "flux-system"},
        spec={"sourceRef": {"kind": "GitRepository", "name": "fleet"}},
    )  # fmt: skip
    found = above(body)
    assert found is not None
    assert found.name == "the GitRepository flux-system/fleet of Flux"


def test_an_object_that_a_person_wrote_comes_from_nowhere():
    assert above(deployment("web")) is None


def test_an_application_outside_the_control_namespace_is_named_with_its_namespace():
    owner = workload_owner(web(**{TRACKED: "team-a_shop:apps/Deployment:shop/web"}))
    assert owner is not None
    assert owner.object == OwnerObject(kind=APPLICATION, namespace="team-a", name="shop")


def test_an_owner_is_called_with_all_that_is_above_it():
    owner = workload_owner(web(**{TRACKED: "shop:apps/Deployment:shop/web"}))
    assert owner is not None
    assert owner.object is not None
    chained = with_chain(owner, {owner.object: OwnerChain(above=("the ApplicationSet shops", "Git"))}, web())
    assert chained is not None
    assert chained.full_name == "the application shop of Argo CD (from the ApplicationSet shops, from Git)"


def test_an_application_is_the_workloads_where_it_lists_the_workload():
    resource = {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web"}
    assert is_application_of(application(status={"resources": [resource]}), web())
    assert not is_application_of(application(status={"resources": [{**resource, "namespace": "other"}]}), web())


RULE = {"group": "apps", "kind": "Deployment", "managedFieldsManagers": ["stagecoach"]}
RESPECTED = {"syncOptions": ["RespectIgnoreDifferences=true"]}


@pytest.mark.parametrize(
    ("rule", "policy", "yields"),
    [
        (RULE, RESPECTED, True),
        ({**RULE, "group": "*", "kind": "*"}, RESPECTED, True),
        ({**RULE, "name": "web", "namespace": "shop"}, RESPECTED, True),
        (RULE, {}, False),
        ({**RULE, "name": "worker"}, RESPECTED, False),
        ({**RULE, "kind": "StatefulSet"}, RESPECTED, False),
        ({**RULE, "managedFieldsManagers": ["kube-controller-manager"]}, RESPECTED, False),
    ],
)
def test_images_are_left_to_us_where_both_the_difference_and_the_sync_ignore_them(rule, policy, yields):
    assert yields_images(application(ignoreDifferences=[rule], syncPolicy=policy), web()) is yields


def test_that_argo_cd_writes_the_status_of_an_application_makes_it_no_owner():
    entry = {"manager": "argocd-application-controller", "operation": "Update", "fieldsV1": {"f:status": {}}}
    assert above(application(metadata={"managedFields": [entry]})) is None

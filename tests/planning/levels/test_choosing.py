"""Which objects of a namespace a cluster gets that is brought level, and which are named as left out."""

from domain.resources import Manifest
from services.planning.levels.choosing import choose
from services.planning.namespaces.import_candidates import import_candidates
from services.planning.objects.identity import ObjectKey

LOGIN = "registry-credentials"


def obj(version: str, kind: str, name: str, **body) -> Manifest:
    return Manifest({"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, **body})


def web() -> Manifest:
    pod = {
        "containers": [{"name": "web", "image": "web:1", "envFrom": [{"configMapRef": {"name": "settings"}}]}],
        "imagePullSecrets": [{"name": "login"}],
    }
    return obj("apps/v1", "Deployment", "web", spec={"template": {"metadata": {"labels": {}}, "spec": pod}})


NAMESPACE = (
    web(),
    obj("v1", "ConfigMap", "settings", data={"a": "b"}),
    obj("v1", "ConfigMap", "of-another-application", data={}),
    obj("v1", "Secret", "login", type="kubernetes.io/dockerconfigjson", data={".dockerconfigjson": "e30="}),
    obj("batch/v1", "Job", "migrate", spec={"template": {"spec": {"containers": []}}}),
)
OWN = frozenset({ObjectKey.of(NAMESPACE[0]), ObjectKey.of(NAMESPACE[4])})


def chosen(*allow: str) -> tuple[set[str], dict[str, str | None]]:
    """The names of what is copied, and of what is left out with the consent that it takes."""
    found, left_out = choose(import_candidates(NAMESPACE, own=OWN), allow=allow)
    return {each.resource.name for each in found}, {each.resource.name: each.consent for each in left_out}


def test_its_own_resources_are_copied_with_what_they_refer_to_and_nothing_of_others():
    assert chosen()[0] == {"web", "settings"}


def test_what_takes_a_consent_is_named_with_it_and_copied_where_it_is_given():
    assert chosen()[1]["login"] == LOGIN
    copied, left_out = chosen(LOGIN)
    assert "login" in copied
    assert "login" not in left_out


def test_a_run_is_not_run_again_and_named():
    copied, left_out = chosen()
    assert "migrate" not in copied
    assert "migrate" in left_out

"""What new pods lack on a target: references that lead nowhere, and keys that the source's objects have."""

from collections.abc import Mapping

import pytest

from domain.comparisons import ObjectField
from domain.images import Image, ImageChange
from domain.problems import Severity
from domain.resources import Manifest, ResourceId
from domain.words import Action, ImageConsent
from services.planning.comparing.missing import KeysOn
from services.planning.images.running import ClusterFacts
from services.planning.objects.identity import ObjectKey
from services.planning.preflight.configuration_gap import configuration_gap
from services.planning.preflight.values import ConfigurationFacts, PlannedOn, PreflightFacts, SourceKeys

WEB = ResourceId.of("apps/v1", "Deployment", "web")
SETTINGS = ObjectKey(group="", kind="ConfigMap", name="settings")
LOGIN = ObjectKey(group="", kind="Secret", name="login")
ALL_SETTINGS = {"envFrom": [{"configMapRef": {"name": "settings"}}]}


def variable(kind: str, name: str, key: str, **more: object) -> dict[str, object]:
    return {"env": [{"name": "X", "valueFrom": {kind: {"name": name, "key": key, **more}}}]}


def findings(
    container: Mapping[str, object] | None = None,
    *,
    pod: Mapping[str, object] | None = None,
    keys: dict[ObjectKey, set[str]] | None = None,
    absent: set[ObjectKey] | None = None,
    source: dict[tuple[str, str], set[str]] | None = None,
    expected: tuple[ObjectField, ...] = (),
    action: Action = Action.UPDATE,
    allow: frozenset[str] = frozenset(),
):
    spec = {"containers": [{"name": "web", "image": "shop/web:1", **(container or {})}], **(pod or {})}
    web = Manifest(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"template": {"spec": spec}},
        }
    )
    facts = PreflightFacts(
        cluster="prod-eu",
        running=ClusterFacts(cluster="prod-eu", manifests=(web,)),
        configuration=ConfigurationFacts(
            keys={key: frozenset(names) for key, names in (keys or {}).items()}, absent=frozenset(absent or ())
        ),
    )
    change = ImageChange(
        workload=WEB,
        container="web",
        init=False,
        pointer="/spec/template/spec/containers/0",
        before=Image.of("shop/web:1"),
        after=Image.of("shop/web:2"),
        action=action,
    )
    there = (
        SourceKeys(
            environment="Staging",
            clusters=[
                KeysOn(
                    cluster="staging",
                    keys={name: frozenset(of_it) for name, of_it in source.items()},
                    absent=frozenset(),
                )
            ],
            expected=expected,
        )
        if source is not None
        else None
    )
    return [*configuration_gap(facts, PlannedOn(changes=(change,), allow=allow, source=there))]


def test_a_key_without_which_no_container_starts_blocks_and_is_brought_from_the_source():
    [found] = findings(
        variable("secretKeyRef", "login", "password"),
        keys={LOGIN: {"user"}},
        source={("Secret", "login"): {"user", "password"}},
    )
    assert (found.code, found.severity, found.resource) == ("missing-reference", Severity.BLOCKS, WEB)
    assert found.consent == ImageConsent.MISSING_REFERENCES
    assert found.detail == (
        "Deployment web needs key password of Secret login, which is not on the cluster: "
        "containers wait with CreateContainerConfigError."
    )
    assert found.remedy is not None
    assert found.remedy.title == "Bring 1 key of Secret login"
    assert found.remedy.request == {"bring": [{"kind": "Secret", "name": "login", "keys": ["password"]}]}


def test_a_consent_lifts_what_blocks():
    [found] = findings(ALL_SETTINGS, absent={SETTINGS}, allow=frozenset({"missing-references"}))
    assert (found.severity, found.consent) == (Severity.WARNS, None)


def test_an_object_that_is_missing_is_brought_with_all_keys_of_the_source():
    [found] = findings(ALL_SETTINGS, absent={SETTINGS}, source={("ConfigMap", "settings"): {"b", "a"}})
    assert found.remedy is not None
    assert found.remedy.request["bring"] == [{"kind": "ConfigMap", "name": "settings", "keys": ["a", "b"]}]


def test_what_neither_side_has_has_no_remedy():
    [found] = findings(ALL_SETTINGS, absent={SETTINGS}, source={})
    assert (found.severity, found.remedy) == (Severity.BLOCKS, None)


@pytest.mark.parametrize(
    ("pod", "kind", "severity"),
    [
        ({"serviceAccountName": "web"}, "ServiceAccount", Severity.BLOCKS),
        (
            {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "web"}}]},
            "PersistentVolumeClaim",
            Severity.BLOCKS,
        ),
        ({"imagePullSecrets": [{"name": "web"}]}, "Secret", Severity.WARNS),
        ({"volumes": [{"name": "v", "secret": {"secretName": "web"}}]}, "Secret", Severity.BLOCKS),
    ],
)
def test_accounts_volumes_and_pull_secrets_are_missed(pod, kind, severity):
    missing = ObjectKey(group="", kind=kind, name="web")
    assert [(each.code, each.severity) for each in findings(pod=pod, absent={missing})] == [
        ("missing-reference", severity)
    ]
    assert findings(pod=pod, keys={missing: set()}) == []


def test_optional_references_and_what_every_namespace_has_are_normal():
    optional = variable("configMapKeyRef", "settings", "mode", optional=True)
    assert findings(optional, absent={SETTINGS}) == []
    published = ObjectKey(group="", kind="ConfigMap", name="kube-root-ca.crt")
    volume = {"volumes": [{"name": "ca", "configMap": {"name": "kube-root-ca.crt"}}]}
    assert findings(pod=volume, absent={published}) == []


def test_keys_that_only_the_source_has_are_a_warning_with_a_remedy():
    [found] = findings(ALL_SETTINGS, keys={SETTINGS: {"a"}}, source={("ConfigMap", "settings"): {"a", "b", "c"}})
    assert (found.code, found.severity) == ("configuration-gap", Severity.WARNS)
    assert found.detail == (
        "ConfigMap settings lacks keys b, c, which it has in Staging. The new image may need what is missing."
    )
    assert found.remedy is not None
    assert found.remedy.title == "Bring 2 keys of ConfigMap settings"


def test_keys_that_are_meant_to_differ_are_not_missed():
    marked = ObjectField(group="", kind="ConfigMap", name="settings", path="data.b")
    source = {("ConfigMap", "settings"): {"a", "b"}}
    assert findings(ALL_SETTINGS, keys={SETTINGS: {"a"}}, source=source, expected=(marked,)) == []


def test_keys_that_no_pod_of_the_target_would_see_are_not_missed():
    source = {("ConfigMap", "settings"): {"a", "b"}}
    only_a = variable("configMapKeyRef", "settings", "a")
    assert findings(only_a, keys={SETTINGS: {"a"}}, source=source) == []
    listed = {"configMap": {"name": "settings", "items": [{"key": "a", "path": "a"}]}}
    assert findings(pod={"volumes": [{"name": "v", **listed}]}, keys={SETTINGS: {"a"}}, source=source) == []


def test_a_missing_key_is_said_once():
    both = {**ALL_SETTINGS, **variable("configMapKeyRef", "settings", "b")}
    found = findings(both, keys={SETTINGS: {"a"}}, source={("ConfigMap", "settings"): {"a", "b"}})
    assert [each.code for each in found] == ["missing-reference"]


def test_a_workload_that_gets_no_new_pods_and_one_that_lacks_nothing_have_no_findings():
    assert findings(ALL_SETTINGS, absent={SETTINGS}, action=Action.UNCHANGED) == []
    source = {("ConfigMap", "settings"): {"a"}}
    assert findings(ALL_SETTINGS, keys={SETTINGS: {"a", "only-here"}}, source=source) == []


def test_without_a_source_a_missing_key_is_typed_in():
    [found] = findings(variable("secretKeyRef", "login", "token"), keys={LOGIN: {"user"}})
    assert found.remedy is not None
    assert found.remedy.code == "type-keys"
    assert found.remedy.title == "Type in key token of Secret login"
    assert found.remedy.request == {"bring": [{"kind": "Secret", "name": "login", "keys": ["token"]}]}


def test_without_a_source_all_keys_that_pods_name_of_a_missing_object_are_typed_in():
    container = {
        "env": [
            {"name": name, "valueFrom": {"configMapKeyRef": {"name": "settings", "key": name, **more}}}
            for name, more in (("b", {}), ("a", {}), ("c", {"optional": True}))
        ]
    }
    [found] = findings(container, absent={SETTINGS})
    assert found.remedy is not None
    assert found.remedy.request == {"bring": [{"kind": "ConfigMap", "name": "settings", "keys": ["a", "b"]}]}


def test_without_a_source_nothing_is_typed_in_for_an_object_that_is_read_as_a_whole():
    [found] = findings(ALL_SETTINGS, absent={SETTINGS})
    assert found.remedy is None

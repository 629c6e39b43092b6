from services.planning.namespaces.import_candidates import import_candidates
from services.planning.objects.identity import ObjectKey
from tests.support.objects import config_map, deployment, obj, secret, service

_WEB = deployment(
    pod={
        "serviceAccountName": "runner",
        "containers": [{"name": "web", "envFrom": [{"configMapRef": {"name": "settings"}}]}],
        "imagePullSecrets": [{"name": "registry"}],
    }
)
_ACCOUNT = obj("v1", "ServiceAccount", "runner", metadata={"namespace": "shop"})
_BINDING = obj(
    "rbac.authorization.k8s.io/v1",
    "RoleBinding",
    "runner-reads",
    metadata={"namespace": "shop"},
    roleRef={"kind": "Role", "name": "reads"},
    subjects=[{"kind": "ServiceAccount", "name": "runner"}],
)
_ROLE = obj("rbac.authorization.k8s.io/v1", "Role", "reads")
_INGRESS = obj(
    "networking.k8s.io/v1",
    "Ingress",
    "front",
    spec={"rules": [{"http": {"paths": [{"backend": {"service": {"name": "web"}}}]}}]},
)
_SCALER = obj(
    "autoscaling/v2",
    "HorizontalPodAutoscaler",
    spec={"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}},
)
_BUDGET = obj("policy/v1", "PodDisruptionBudget", spec={"selector": {"matchLabels": {"app": "web"}}})
_OTHER_BUDGET = obj("policy/v1", "PodDisruptionBudget", "other", spec={"selector": {"matchLabels": {"app": "other"}}})
_POLICY = obj("networking.k8s.io/v1", "NetworkPolicy", "all", spec={"podSelector": {}})
_LOGIN = secret("registry", type="kubernetes.io/dockerconfigjson")
_ALL = (
    _WEB,
    config_map(),
    config_map("unrelated"),
    service(),
    service("other"),
    _ACCOUNT,
    _BINDING,
    _ROLE,
    _INGRESS,
    _SCALER,
    _BUDGET,
    _OTHER_BUDGET,
    _POLICY,
    _LOGIN,
)


def _named(found):
    return {f"{r.resource.kind.name}/{r.resource.name}": r for r in found}


def test_a_workload_goes_with_what_it_refers_to_and_what_concerns_it():
    edges = {
        (e.resource.kind.name, e.resource.name): e.required
        for e in _named(import_candidates(_ALL))["Deployment/web"].edges
    }
    assert edges == {
        ("ConfigMap", "settings"): True,
        ("ServiceAccount", "runner"): True,
        ("Secret", "registry"): False,
        ("Service", "web"): False,
        ("HorizontalPodAutoscaler", "web"): False,
        ("PodDisruptionBudget", "web"): False,
        ("NetworkPolicy", "all"): False,
    }


def test_checked_to_begin_with_is_what_hangs_on_the_workloads_and_may_be_copied():
    selected = {name for name, resource in _named(import_candidates(_ALL)).items() if resource.selected}
    assert selected == {
        "Deployment/web",
        "ConfigMap/settings",
        "ServiceAccount/runner",
        "RoleBinding/runner-reads",
        "Role/reads",
        "Service/web",
        "Ingress/front",
        "HorizontalPodAutoscaler/web",
        "PodDisruptionBudget/web",
        "NetworkPolicy/all",
    }


def test_only_the_app_environments_own_workloads_are_checked_where_it_has_some():
    api = deployment("api")
    found = _named(import_candidates((_WEB, api), own=frozenset({ObjectKey.of(api)})))
    assert (found["Deployment/web"].selected, found["Deployment/api"].selected) == (False, True)
    assert (found["Deployment/web"].belongs, found["Deployment/api"].belongs) == (False, True)


def test_what_is_not_copied_is_shown_with_its_reason_and_the_consent_that_would_allow_it():
    found = _named(import_candidates(_ALL))["Secret/registry"]
    assert not found.copyable
    assert "login" in found.reason
    assert found.consent == "registry-credentials"


def test_what_controllers_create_is_not_shown():
    owned = {"ownerReferences": [{"kind": "Deployment", "name": "web", "controller": True}]}
    assert (
        import_candidates((obj("apps/v1", "ReplicaSet", metadata=owned), obj("v1", "Event"), obj("v1", "Endpoints")))
        == ()
    )


def test_workloads_come_first():
    assert import_candidates(_ALL)[0].resource == _WEB.id


def test_a_service_without_a_selector_selects_nothing():
    found = _named(import_candidates((_WEB, obj("v1", "Service", "bare", spec={}))))
    assert found["Deployment/web"].edges == ()


def test_a_selector_with_expressions_is_understood():
    def budget(name, operator, values=None):
        term = {"key": "app", "operator": operator, **({"values": values} if values else {})}
        return obj("policy/v1", "PodDisruptionBudget", name, spec={"selector": {"matchExpressions": [term]}})

    budgets = (
        budget("in", "In", ["web"]),
        budget("not-in", "NotIn", ["web"]),
        budget("exists", "Exists"),
        budget("absent", "DoesNotExist"),
    )
    edges = _named(import_candidates((_WEB, *budgets)))["Deployment/web"].edges
    assert {edge.resource.name for edge in edges} == {"in", "exists"}


def test_what_copying_would_leave_behind_is_noted():
    claim = obj("v1", "PersistentVolumeClaim", "data", spec={})
    assert "data is never copied" in import_candidates((claim,))[0].notes[0]


def test_what_people_wrote_about_where_a_service_leads_goes_with_it():
    database = obj("v1", "Service", "database", spec={"ports": [{"port": 5432}]})
    endpoints = obj("v1", "Endpoints", "database", subsets=[{"addresses": [{"ip": "10.80.0.12"}]}])
    slice_ = obj(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        "database-1",
        metadata={
            "labels": {
                "kubernetes.io/service-name": "database",
                "endpointslice.kubernetes.io/managed-by": "staff",
            }
        },
    )
    found = _named(import_candidates((database, endpoints, slice_), own=frozenset({ObjectKey.of(database)})))
    assert {name for name, each in found.items() if each.selected} == {
        "Service/database",
        "Endpoints/database",
        "EndpointSlice/database-1",
    }


def test_endpoints_of_a_service_that_selects_pods_are_its_controllers():
    endpoints = obj("v1", "Endpoints", "web", subsets=[])
    assert [*_named(import_candidates((service(), endpoints)))] == ["Service/web"]

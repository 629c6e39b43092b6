"""Strategies for objects as people write them, with nulls, empty lists and spellings that a server takes."""

from typing import Any

from hypothesis import strategies as st

_WORD = st.sampled_from(["a", "b", "c", "d"])
_TEXT = st.sampled_from(["", "1", "true", "x y", "$(A)", "é", 'quote "', "line\nline"])
_IMAGE = st.sampled_from(["registry.example.test/a:1", "registry.example.test/b@sha256:" + "1" * 64, "nginx"])
_AMOUNT = st.sampled_from(["100m", "0.5", "1", "1.5", "64Mi", "67108864", "1Gi", "1024Mi", "1e3"])
_PORT = st.integers(1, 9)


def _struct(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


def _named(strategy: st.SearchStrategy[dict[str, Any]], key: str = "name", **sizes: Any) -> Any:
    return st.lists(strategy, unique_by=lambda item: item[key], **sizes)


_ENV = _struct(
    {"name": st.sampled_from(["A", "B", "C"])},
    {"value": st.one_of(_TEXT, st.none())},
) | _struct(
    {"name": st.sampled_from(["A", "B", "C"])},
    {
        "valueFrom": st.sampled_from(
            [
                {"fieldRef": {"fieldPath": "metadata.name"}},
                {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}},
                {"secretKeyRef": {"name": "s", "key": "k", "optional": True}},
                {"configMapKeyRef": {"name": "c", "key": "k", "optional": True}},
            ]
        )
    },
)
_PROBE = st.sampled_from(
    [
        {"httpGet": {"path": "/", "port": 80}},
        {"tcpSocket": {"port": "http"}, "initialDelaySeconds": 0, "periodSeconds": 5},
        {"exec": {"command": ["true"]}, "failureThreshold": 3},
    ]
)
_CONTAINER_OPTIONS: dict[str, Any] = {
    "env": st.one_of(_named(_ENV, max_size=3), st.none()),
    "args": st.one_of(st.lists(_WORD, max_size=3), st.none()),
    "command": st.lists(_WORD, max_size=2),
    "resources": st.one_of(
        st.just({}),
        _struct({}, {"limits": st.one_of(st.dictionaries(st.sampled_from(["cpu", "memory"]), _AMOUNT), st.none())}),
    ),
    "envFrom": st.sampled_from([[], [{"configMapRef": {"name": "c", "optional": True}}]]),
    "securityContext": st.sampled_from(
        [{}, {"runAsUser": 0}, {"privileged": False, "capabilities": {"drop": ["ALL"]}}]
    ),
    "imagePullPolicy": st.sampled_from(["Always", "IfNotPresent"]),
    "ports": st.lists(
        st.fixed_dictionaries({"containerPort": _PORT}, optional={"protocol": st.sampled_from(["TCP", "UDP"])}),
        max_size=3,
        unique_by=lambda port: (port["containerPort"], port.get("protocol", "TCP")),
    ),
    "stdin": st.booleans(),
    "workingDir": st.sampled_from(["", "/srv"]),
}
_CONTAINER = _struct({"name": _WORD, "image": _IMAGE}, _CONTAINER_OPTIONS | {"livenessProbe": _PROBE})
_INIT_CONTAINER = _struct(
    {"name": st.sampled_from(["i", "j", "k"]), "image": _IMAGE}, {"env": _CONTAINER_OPTIONS["env"]}
)
_VOLUME = _struct({"name": _WORD, "emptyDir": st.sampled_from([{}, {"sizeLimit": "1Gi"}, {"medium": "Memory"}])}, {})
_REQUIRED = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "Exists"}]}]}
_POD = _struct(
    {"containers": _named(_CONTAINER, min_size=1, max_size=3)},
    {
        "initContainers": _named(_INIT_CONTAINER, max_size=3),
        "volumes": _named(_VOLUME, max_size=3),
        "tolerations": st.sampled_from([[], [{"operator": "Exists"}], [{"key": "a", "effect": "", "value": ""}]]),
        "nodeSelector": st.sampled_from([{}, {"zone": "a"}]),
        "affinity": st.sampled_from(
            [{}, {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": _REQUIRED}}]
        ),
        "hostAliases": st.sampled_from([[], [{"ip": "10.0.0.2", "hostnames": ["b"]}, {"ip": "10.0.0.1"}]]),
        "imagePullSecrets": st.sampled_from([[], None]),
        "securityContext": st.sampled_from([{}, {"fsGroup": 1}]),
        "terminationGracePeriodSeconds": st.sampled_from([0, 30]),
        "hostNetwork": st.just(False),
    },
)
_LABELS = {"app": "x"}
_METADATA = _struct(
    {"name": st.just("x")},
    {
        "labels": st.one_of(st.dictionaries(_WORD, _WORD, max_size=2), st.none()),
        "annotations": st.one_of(st.dictionaries(_WORD, _TEXT, max_size=2), st.none()),
        "creationTimestamp": st.none(),
    },
)


def _object(api_version: str, kind: str, **parts: Any) -> st.SearchStrategy[dict[str, Any]]:
    fixed = {"apiVersion": st.just(api_version), "kind": st.just(kind), "metadata": _METADATA}
    return st.fixed_dictionaries({**fixed, **parts})


def _workload(kind: str, **options: Any) -> st.SearchStrategy[dict[str, Any]]:
    template = _struct({"metadata": st.just({"labels": _LABELS, "creationTimestamp": None}), "spec": _POD}, {})
    required = {"selector": st.just({"matchLabels": _LABELS}), "template": template}
    return _object("apps/v1", kind, spec=_struct(required, options))


deployments = _workload(
    "Deployment",
    replicas=st.integers(0, 3),
    strategy=st.sampled_from([{}, {"type": "Recreate"}, {"rollingUpdate": {"maxSurge": "25%"}}]),
    paused=st.just(False),
    minReadySeconds=st.sampled_from([0, 5]),
)
daemon_sets = _workload("DaemonSet", updateStrategy=st.sampled_from([{}, {"type": "OnDelete"}]))
stateful_sets = _workload(
    "StatefulSet",
    serviceName=st.sampled_from(["x", ""]),
    podManagementPolicy=st.just("Parallel"),
    volumeClaimTemplates=st.sampled_from(
        [
            [],
            [
                {
                    "metadata": {"name": "data", "creationTimestamp": None},
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1024Mi"}}},
                }
            ],
        ]
    ),
)
services = _object(
    "v1",
    "Service",
    spec=_struct(
        {
            "ports": st.lists(
                _struct(
                    {"name": _WORD, "port": _PORT},
                    {"protocol": st.sampled_from(["TCP", "UDP"]), "targetPort": st.sampled_from([80, "http"])},
                ),
                min_size=1,
                max_size=3,
                unique_by=(lambda port: port["name"], lambda port: (port["port"], port.get("protocol", "TCP"))),
            )
        },
        {
            "type": st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer"]),
            "clusterIP": st.just("None"),
            "externalTrafficPolicy": st.sampled_from(["Local", "Cluster"]),
            "selector": st.one_of(st.just({"app": "x"}), st.none(), st.just({})),
            "sessionAffinity": st.sampled_from(["None", "ClientIP"]),
            "externalIPs": st.just([]),
        },
    ),
)
config_maps = st.fixed_dictionaries(
    {"apiVersion": st.just("v1"), "kind": st.just("ConfigMap"), "metadata": _METADATA},
    optional={
        "data": st.one_of(st.none(), st.dictionaries(_WORD, _TEXT, max_size=3)),
        "binaryData": st.sampled_from([None, {}, {"bin": "AAEC"}]),
        "immutable": st.sampled_from([None, False]),
    },
)
_SELECTOR = st.sampled_from(
    [
        {},
        {"matchLabels": {}},
        {"matchLabels": {"a": "b"}, "matchExpressions": []},
        {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "Exists", "values": None}]},
        {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["other"]}]},
    ]
)
_PEERS = st.one_of(
    st.none(),
    st.lists(_struct({"podSelector": _SELECTOR}, {"namespaceSelector": st.one_of(_SELECTOR, st.none())}), max_size=2),
)
_RULE = _struct(
    {}, {"from": _PEERS, "ports": st.sampled_from([[], [{"port": 80}], [{"port": "http", "protocol": "UDP"}]])}
)
network_policies = _object(
    "networking.k8s.io/v1",
    "NetworkPolicy",
    spec=_struct(
        {"podSelector": _SELECTOR},
        {"ingress": st.one_of(st.none(), st.lists(_RULE, max_size=2)), "policyTypes": st.just(["Ingress"])},
    ),
)
_PATH = {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "x", "port": {"number": 80}}}}
ingresses = _object(
    "networking.k8s.io/v1",
    "Ingress",
    spec=_struct(
        {
            "rules": st.lists(
                _struct({"http": st.just({"paths": [_PATH]})}, {"host": st.sampled_from(["a.test", "b.test"])}),
                min_size=1,
                max_size=2,
            )
        },
        {
            "tls": st.one_of(
                st.none(),
                st.lists(
                    _struct(
                        {}, {"secretName": st.just("t"), "hosts": st.sampled_from([None, [], ["a.test", "b.test"]])}
                    ),
                    max_size=2,
                ),
            ),
            "ingressClassName": st.just("nginx"),
        },
    ),
)
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(0, 2), _TEXT, st.just(1.5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_WORD, inner, max_size=3)),
    max_leaves=8,
)
things = _object("shelf.example.test/v1", "Thing", spec=st.dictionaries(_WORD, _JSON, max_size=4))

THINGS_DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.shelf.example.test"},
    "spec": {
        "group": "shelf.example.test",
        "scope": "Namespaced",
        "names": {"kind": "Thing", "plural": "things", "singular": "thing"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
                    }
                },
            }
        ],
    },
}

accepted_objects = st.one_of(
    deployments, daemon_sets, stateful_sets, services, config_maps, network_policies, ingresses, things
)

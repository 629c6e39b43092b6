import json
from pathlib import Path

import pytest

import sandbox
from services.planning.objects.reference_values import Need
from services.planning.objects.references import references_of
from tests.support.objects import deployment, obj, workload_spec


def _names(manifest):
    return {(r.group_kind[1], r.name, r.key, r.need.value) for r in references_of(manifest)}


def _container(**body):
    return {"containers": [{"name": "web", "image": "web:1", **body}]}


POD_REFERENCES = {
    "a key of a ConfigMap in a variable": (
        _container(env=[{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "mode"}}}]),
        ("ConfigMap", "settings", "mode", "required"),
    ),
    "a key of a Secret in a variable": (
        _container(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "token"}}}]),
        ("Secret", "keys", "token", "required"),
    ),
    "an optional key": (
        _container(
            env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "token", "optional": True}}}]
        ),
        ("Secret", "keys", "token", "optional"),
    ),
    "all keys of a ConfigMap": (
        _container(envFrom=[{"configMapRef": {"name": "settings"}}]),
        ("ConfigMap", "settings", None, "required"),
    ),
    "all keys of a Secret": (
        _container(envFrom=[{"secretRef": {"name": "keys"}}]),
        ("Secret", "keys", None, "required"),
    ),
    "a variable of an init container": (
        {"initContainers": [{"name": "init", "envFrom": [{"secretRef": {"name": "keys"}}]}]},
        ("Secret", "keys", None, "required"),
    ),
    "a ConfigMap as a volume": (
        {"volumes": [{"name": "v", "configMap": {"name": "settings"}}]},
        ("ConfigMap", "settings", None, "required"),
    ),
    "a Secret as a volume": (
        {"volumes": [{"name": "v", "secret": {"secretName": "keys"}}]},
        ("Secret", "keys", None, "required"),
    ),
    "a projected ConfigMap": (
        {"volumes": [{"name": "v", "projected": {"sources": [{"configMap": {"name": "settings"}}]}}]},
        ("ConfigMap", "settings", None, "required"),
    ),
    "a projected Secret": (
        {"volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "keys"}}]}}]},
        ("Secret", "keys", None, "required"),
    ),
    "a claim": (
        {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]},
        ("PersistentVolumeClaim", "data", None, "required"),
    ),
    "a Secret of a volume driver": (
        {"volumes": [{"name": "v", "csi": {"driver": "d", "nodePublishSecretRef": {"name": "keys"}}}]},
        ("Secret", "keys", None, "required"),
    ),
    "a provider of secrets": (
        {"volumes": [{"name": "v", "csi": {"volumeAttributes": {"secretProviderClass": "vault"}}}]},
        ("SecretProviderClass", "vault", None, "required"),
    ),
    "the class of an ephemeral claim": (
        {
            "volumes": [
                {"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": {"storageClassName": "fast"}}}},
            ]
        },
        ("StorageClass", "fast", None, "required"),
    ),
    "a pull secret": ({"imagePullSecrets": [{"name": "registry"}]}, ("Secret", "registry", None, "soft")),
    "a service account": ({"serviceAccountName": "runner"}, ("ServiceAccount", "runner", None, "required")),
    "a priority class": ({"priorityClassName": "high"}, ("PriorityClass", "high", None, "required")),
    "a runtime class": ({"runtimeClassName": "gvisor"}, ("RuntimeClass", "gvisor", None, "required")),
    "a resource claim": (
        {"resourceClaims": [{"name": "gpu", "resourceClaimName": "gpu-1"}]},
        ("ResourceClaim", "gpu-1", None, "required"),
    ),
    "a template of resource claims": (
        {"resourceClaims": [{"name": "gpu", "resourceClaimTemplateName": "gpus"}]},
        ("ResourceClaimTemplate", "gpus", None, "required"),
    ),
}


@pytest.mark.parametrize("what", POD_REFERENCES)
def test_a_pod_template_refers_to(what):
    pod, expected = POD_REFERENCES[what]
    assert _names(deployment(pod=pod)) == {expected}


def test_a_cron_job_refers_to_what_its_pods_refer_to():
    template = workload_spec(pod={"serviceAccountName": "runner"})["template"]
    job = obj("batch/v1", "CronJob", spec={"jobTemplate": {"spec": {"template": template}}})
    (reference,) = references_of(job)
    assert reference.field == "spec.jobTemplate.spec.template.spec.serviceAccountName"


def test_ephemeral_containers_are_ignored():
    assert references_of(deployment(pod={"ephemeralContainers": [{"envFrom": [{"secretRef": {"name": "x"}}]}]})) == ()


def test_what_every_namespace_or_cluster_has_is_no_reference():
    pod = {"serviceAccountName": "default", "priorityClassName": "system-node-critical"}
    assert references_of(deployment(pod=pod)) == ()


def test_a_stateful_set_refers_to_the_class_of_its_claims_and_to_its_service():
    claims = [{"metadata": {"name": "data"}, "spec": {"storageClassName": "fast"}}]
    spec = workload_spec(volumeClaimTemplates=claims, serviceName="db")
    assert _names(obj("apps/v1", "StatefulSet", spec=spec)) == {
        ("StorageClass", "fast", None, "required"),
        ("Service", "db", None, "soft"),
    }


def test_a_claim_without_a_class_takes_the_targets_default():
    assert references_of(obj("v1", "PersistentVolumeClaim", spec={})) == ()
    assert references_of(obj("v1", "PersistentVolumeClaim", spec={"storageClassName": ""})) == ()


def test_an_ingress_refers_to_its_class_services_and_certificates():
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    ingress = obj(
        "networking.k8s.io/v1",
        "Ingress",
        spec={
            "ingressClassName": "nginx",
            "tls": [{"hosts": ["a"], "secretName": "cert"}],
            "rules": [{"http": {"paths": [{"path": "/", "backend": backend}]}}],
            "defaultBackend": {"service": {"name": "fallback"}},
        },
    )
    assert _names(ingress) == {
        ("IngressClass", "nginx", None, "soft"),
        ("Secret", "cert", None, "soft"),
        ("Service", "web", None, "soft"),
        ("Service", "fallback", None, "soft"),
    }


# Types of the API by which a pod names another object, and the member that holds the name.
_NAMING = {
    "V1LocalObjectReference": "name",
    "V1SecretReference": "name",
    "V1SecretKeySelector": "name",
    "V1ConfigMapKeySelector": "name",
    "V1SecretEnvSource": "name",
    "V1ConfigMapEnvSource": "name",
    "V1SecretVolumeSource": "secretName",
    "V1ConfigMapVolumeSource": "name",
    "V1SecretProjection": "name",
    "V1ConfigMapProjection": "name",
    "V1ClusterTrustBundleProjection": "name",
    "V1AzureFileVolumeSource": "secretName",
    "V1PersistentVolumeClaimVolumeSource": "claimName",
    "V1GlusterfsVolumeSource": "endpoints",
    "V1PodSchedulingGroup": "podGroupName",
    "V1TypedLocalObjectReference": "name",
    "V1TypedObjectReference": "name",
}
_TYPES = json.loads((Path(sandbox.__file__).parent / "schema.json").read_text())["types"]


def _naming_paths(type_name, value, seen=()):
    """Each way from a type to a member that names an object: the member's type, and a pod that has it alone."""
    for member, kind in _TYPES[type_name].items():
        inner = kind.lstrip("[{")
        if member == "ephemeralContainers" or inner in seen or inner not in _TYPES:
            continue

        def wrapped(content, member=member, kind=kind):
            return value({"name": "x", member: [content]} if kind.startswith("[") else {"name": "x", member: content})

        if inner in _NAMING:
            yield f"{type_name}.{member}", wrapped({_NAMING[inner]: "searched", "key": "k", "kind": "Other"})
        else:
            yield from _naming_paths(inner, wrapped, (*seen, inner))


_EVERY_WAY = dict(_naming_paths("V1PodSpec", lambda pod: pod))


@pytest.mark.parametrize("way", _EVERY_WAY)
def test_every_way_in_which_a_pod_of_the_served_api_names_an_object_is_a_reference(way):
    assert "searched" in {reference.name for reference in references_of(deployment(pod=_EVERY_WAY[way]))}


def test_the_ways_are_searched_in_all_parts_of_a_pod():
    owners = {way.partition(".")[0] for way in _EVERY_WAY}
    assert owners >= {"V1EnvVarSource", "V1EnvFromSource", "V1Volume", "V1VolumeProjection", "V1CSIVolumeSource"}


def test_each_key_that_a_volume_mounts_is_referred_to():
    volume = {"name": "v", "configMap": {"name": "settings", "items": [{"key": "a.yaml", "path": "a"}]}}
    found = {(r.name, r.key, r.need) for r in references_of(deployment(pod={"volumes": [volume]}))}
    assert found == {("settings", None, Need.REQUIRED), ("settings", "a.yaml", Need.REQUIRED)}


def test_a_claim_of_old_names_its_class_in_an_annotation():
    beta = {"annotations": {"volume.beta.kubernetes.io/storage-class": "fast"}}
    assert _names(obj("v1", "PersistentVolumeClaim", metadata=beta, spec={"storageClassName": "slow"})) == {
        ("StorageClass", "fast", None, "required")
    }


def test_a_device_class_and_a_gateway_class_are_referred_to():
    claim = obj(
        "resource.k8s.io/v1",
        "ResourceClaimTemplate",
        spec={"spec": {"devices": {"requests": [{"name": "gpu", "exactly": {"deviceClassName": "gpu.example"}}]}}},
    )
    assert {r.name for r in references_of(claim)} == {"gpu.example"}
    gateway = obj("gateway.networking.k8s.io/v1", "Gateway", spec={"gatewayClassName": "edge"})
    assert {(r.group_kind[1], r.name) for r in references_of(gateway)} == {("GatewayClass", "edge")}


def test_a_route_refers_to_its_gateway_and_backends_and_not_beyond_its_namespace():
    filters = [{"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "shadow", "port": 80}}}]
    backends = [{"name": "web", "port": 80}, {"name": "other", "namespace": "elsewhere", "port": 80}]
    route = obj(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        metadata={"namespace": "shop"},
        spec={
            "parentRefs": [
                {"name": "edge"},
                {"name": "shared", "namespace": "infra"},
                {"kind": "Service", "name": "web", "group": ""},
            ],
            "rules": [{"filters": filters, "backendRefs": backends}],
        },
    )
    assert {(*r.group_kind, r.name) for r in references_of(route)} == {
        ("gateway.networking.k8s.io", "Gateway", "edge"),
        ("", "Service", "web"),
        ("", "Service", "shadow"),
    }


def test_a_gateway_refers_to_the_certificates_of_its_listeners():
    listeners = [{"name": "https", "tls": {"certificateRefs": [{"name": "cert"}]}}]
    gateway = obj("gateway.networking.k8s.io/v1", "Gateway", spec={"gatewayClassName": "edge", "listeners": listeners})
    assert {(r.group_kind[1], r.name) for r in references_of(gateway)} == {("GatewayClass", "edge"), ("Secret", "cert")}


def test_a_custom_resource_refers_to_the_classes_that_it_names():
    template = {"spec": {"storageClassName": "fast"}}
    prometheus = obj("x.example/v1", "Metrics", spec={"storage": {"volumeClaimTemplate": template}})
    kafka = obj("x.example/v1", "Queue", spec={"storage": {"type": "persistent-claim", "class": "fast"}})
    bucket = obj("x.example/v1", "Bucket", spec={"storageClass": "STANDARD_IA"})
    assert {r.field for r in references_of(prometheus)} == {"spec.storage.volumeClaimTemplate.spec.storageClassName"}
    assert {(r.field, r.name) for r in references_of(kafka)} == {("spec.storage.class", "fast")}
    assert references_of(bucket) == ()


def test_an_ingress_of_old_names_its_class_in_an_annotation():
    ingress = obj("networking.k8s.io/v1", "Ingress", metadata={"annotations": {"kubernetes.io/ingress.class": "nginx"}})
    assert _names(ingress) == {("IngressClass", "nginx", None, "soft")}


def test_a_role_binding_refers_to_its_role_and_the_accounts_of_its_namespace():
    binding = obj(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        metadata={"namespace": "shop"},
        roleRef={"kind": "Role", "name": "reader"},
        subjects=[
            {"kind": "ServiceAccount", "name": "web", "namespace": "shop"},
            {"kind": "ServiceAccount", "name": "other", "namespace": "elsewhere"},
        ],
    )
    assert {(r.group_kind[1], r.name) for r in references_of(binding)} == {
        ("Role", "reader"),
        ("ServiceAccount", "web"),
    }


def test_a_role_binding_may_refer_to_a_cluster_role():
    binding = obj("rbac.authorization.k8s.io/v1", "RoleBinding", roleRef={"kind": "ClusterRole", "name": "view"})
    assert {(r.group_kind[1], r.name) for r in references_of(binding)} == {("ClusterRole", "view")}


def test_an_autoscaler_refers_to_what_it_scales():
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    (reference,) = references_of(obj("autoscaling/v2", "HorizontalPodAutoscaler", spec={"scaleTargetRef": target}))
    assert (reference.group_kind, reference.need) == (("apps", "Deployment"), Need.SOFT)

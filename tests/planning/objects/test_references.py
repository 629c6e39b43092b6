import pytest

from services.planning.objects.references import Need, references_of
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

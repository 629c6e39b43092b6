import base64
import copy

import pytest

from domain.overrides import Overrides
from domain.problems import Severity
from domain.secret_text import SecretText
from services.planning.copying.rewrite import Move, overrides_without_resource, rewrite
from tests.support.objects import config_map, deployment, obj, secret, workload_spec

MOVE = Move(source="shop-dev", target="shop")


def _rewritten(manifest, move=MOVE, **overrides):
    return rewrite(manifest, move=move, overrides=Overrides(**overrides))


def _codes(result):
    return [problem.code for problem in result.problems]


def test_a_config_maps_keys_are_set_added_and_taken_out():
    before = config_map(data={"mode": "dev", "debug": "1"})
    result = _rewritten(before, config_maps={"settings": {"mode": "prod", "debug": None, "new": "x"}})
    assert result.manifest.body["data"] == {"mode": "prod", "new": "x"}


def test_a_text_takes_the_place_of_binary_data_under_the_same_key():
    before = config_map(data={}, binaryData={"logo": "AAEC"})
    result = _rewritten(before, config_maps={"settings": {"logo": "text"}})
    assert result.manifest.body["data"] == {"logo": "text"}
    assert result.manifest.body["binaryData"] == {}


def test_a_secrets_keys_are_set_and_taken_out():
    before = secret(data={"token": "b2xk", "old": "eA=="})
    result = _rewritten(before, secrets={"keys": {"token": SecretText("neü"), "old": None}})
    assert result.manifest.body["data"] == {"token": base64.b64encode("neü".encode()).decode()}


def test_a_typed_in_secret_shows_in_no_print():
    overrides = Overrides(secrets={"keys": {"token": SecretText("canary")}})
    assert "canary" not in repr(overrides) + str(overrides.secrets["keys"]["token"])


def test_replicas_are_overridden_by_kind_and_name():
    assert _rewritten(deployment(), replicas={"Deployment/web": 5}).manifest.spec["replicas"] == 5
    assert _rewritten(deployment(), replicas={"StatefulSet/web": 5}).manifest.spec["replicas"] == 1


def _ingress(**metadata):
    return obj(
        "networking.k8s.io/v1",
        "Ingress",
        metadata=metadata,
        spec={
            "ingressClassName": "nginx",
            "rules": [{"host": "shop.dev.example"}, {"host": "api.dev.example"}],
            "tls": [{"hosts": ["shop.dev.example"]}],
        },
    )


def test_hosts_are_mapped_in_rules_and_certificates():
    hosts = {"shop.dev.example": "shop.example", "api.dev.example": "api.example"}
    result = _rewritten(_ingress(), ingress_hosts=hosts)
    assert [rule["host"] for rule in result.manifest.spec["rules"]] == ["shop.example", "api.example"]
    assert result.manifest.spec["tls"] == [{"hosts": ["shop.example"]}]
    assert _codes(result) == []


def test_a_host_that_is_kept_is_told():
    assert _codes(_rewritten(_ingress(), ingress_hosts={"api.dev.example": "api.example"})) == ["ingress-host-unmapped"]


def test_ingress_classes_are_mapped_in_the_field_and_in_the_annotation_of_old():
    old = {"kubernetes.io/ingress.class": "nginx"}
    result = _rewritten(_ingress(annotations=old), ingress_classes={"nginx": "traefik"})
    assert result.manifest.spec["ingressClassName"] == "traefik"
    assert result.manifest.annotations == {"kubernetes.io/ingress.class": "traefik"}


def test_joining_a_load_balancers_group_is_told():
    group = {"alb.ingress.kubernetes.io/group.name": "shared"}
    assert "ingress-group" in _codes(_rewritten(_ingress(annotations=group)))


def test_storage_classes_are_mapped_in_claims_and_claim_templates():
    claim = obj("v1", "PersistentVolumeClaim", spec={"storageClassName": "fast"})
    assert _rewritten(claim, storage_classes={"fast": "ssd"}).manifest.spec["storageClassName"] == "ssd"
    templates = [{"metadata": {"name": "data"}, "spec": {"storageClassName": "fast"}}]
    stateful = obj("apps/v1", "StatefulSet", spec=workload_spec(volumeClaimTemplates=templates))
    rewritten = _rewritten(stateful, storage_classes={"fast": "ssd"}).manifest
    assert rewritten.spec["volumeClaimTemplates"][0]["spec"]["storageClassName"] == "ssd"


def _cron_job(**spec):
    return obj("batch/v1", "CronJob", spec={"schedule": "0 3 * * *", "timeZone": "UTC", **spec})


@pytest.mark.parametrize(
    "manifest",
    [
        obj(
            "v1", "PersistentVolumeClaim", metadata={"annotations": {"volume.beta.kubernetes.io/storage-class": "gp3"}}
        ),
        deployment(
            pod={"volumes": [{"ephemeral": {"volumeClaimTemplate": {"spec": {"storageClassName": "gp3"}}}}]},
        ),
        obj(
            "x.example/v1", "Metrics", spec={"storage": {"volumeClaimTemplate": {"spec": {"storageClassName": "gp3"}}}}
        ),
        obj("x.example/v1", "Database", spec={"storage": {"storageClass": "gp3"}}),
        obj("x.example/v1", "Queue", spec={"kafka": {"storage": {"type": "persistent-claim", "class": "gp3"}}}),
    ],
    ids=lambda manifest: manifest.kind.name,
)
def test_a_storage_class_is_mapped_in_every_spelling(manifest):
    overrides = Overrides(storage_classes={"gp3": "standard"})
    text = str(rewrite(manifest, move=MOVE, overrides=overrides).manifest.body)
    assert "gp3" not in text
    assert "standard" in text
    assert overrides_without_resource(overrides, (manifest,)) == ()


def test_an_ingress_class_is_mapped_in_the_solvers_of_an_issuer():
    solver = {"http01": {"ingress": {"ingressClassName": "nginx"}}}
    issuer = obj("cert-manager.io/v1", "Issuer", spec={"acme": {"solvers": [solver]}})
    mapped = _rewritten(issuer, ingress_classes={"nginx": "traefik"}).manifest
    assert mapped.spec["acme"]["solvers"][0]["http01"]["ingress"]["ingressClassName"] == "traefik"


def test_a_cron_job_is_copied_suspended_because_the_source_keeps_running():
    result = _rewritten(_cron_job(suspend=False))
    assert result.manifest.spec["suspend"] is True
    assert _codes(result) == ["cron-job-suspended"]


def test_a_cron_job_runs_in_the_target_where_that_is_asked_for():
    result = _rewritten(_cron_job(suspend=False), suspend_cron_jobs=False)
    assert result.manifest.spec["suspend"] is False
    assert _codes(result) == []


def test_a_cron_job_from_scratch_is_left_as_it_is():
    assert "suspend" not in _rewritten(_cron_job(), move=Move(source=None, target="shop")).manifest.spec


def test_a_cron_job_without_a_time_zone_is_told():
    spec = {"schedule": "0 3 * * *", "suspend": True}
    assert _codes(_rewritten(obj("batch/v1", "CronJob", spec=spec))) == ["cron-job-time-zone"]


def _binding(*subjects):
    return obj(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        roleRef={"kind": "Role", "name": "reader"},
        subjects=list(subjects),
    )


def test_all_four_forms_of_a_subject_move_with_the_namespace():
    result = _rewritten(
        _binding(
            {"kind": "ServiceAccount", "name": "web", "namespace": "shop-dev"},
            {"kind": "ServiceAccount", "name": "web"},
            {"kind": "User", "name": "system:serviceaccount:shop-dev:web"},
            {"kind": "Group", "name": "system:serviceaccounts:shop-dev"},
        )
    )
    assert result.manifest.body["subjects"] == [
        {"kind": "ServiceAccount", "name": "web", "namespace": "shop"},
        {"kind": "ServiceAccount", "name": "web", "namespace": "shop"},
        {"kind": "User", "name": "system:serviceaccount:shop:web"},
        {"kind": "Group", "name": "system:serviceaccounts:shop"},
    ]
    assert _codes(result) == []


def test_subjects_of_other_namespaces_are_kept_and_told():
    elsewhere = [
        {"kind": "ServiceAccount", "name": "ci", "namespace": "build"},
        {"kind": "User", "name": "system:serviceaccount:build:ci"},
        {"kind": "Group", "name": "system:serviceaccounts:build"},
    ]
    result = _rewritten(_binding(*elsewhere))
    assert result.manifest.body["subjects"] == elsewhere
    assert _codes(result) == ["subject-elsewhere"] * 3


def test_people_and_groups_of_people_stay_as_they_are():
    people = [{"kind": "User", "name": "jane"}, {"kind": "Group", "name": "developers"}]
    result = _rewritten(_binding(*people))
    assert (result.manifest.body["subjects"], _codes(result)) == (people, [])


def _policy(peer):
    return obj("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}, "ingress": [{"from": [peer]}]})


def test_a_network_policy_that_names_the_source_names_the_target():
    label = "kubernetes.io/metadata.name"
    by_label = _rewritten(_policy({"namespaceSelector": {"matchLabels": {label: "shop-dev"}}})).manifest
    term = {"key": label, "operator": "In", "values": ["shop-dev", "monitoring"]}
    by_term = _rewritten(_policy({"namespaceSelector": {"matchExpressions": [term]}})).manifest
    assert by_label.spec["ingress"][0]["from"][0]["namespaceSelector"]["matchLabels"] == {label: "shop"}
    found = by_term.spec["ingress"][0]["from"][0]["namespaceSelector"]["matchExpressions"][0]["values"]
    assert found == ["shop", "monitoring"]


def test_an_empty_pod_selector_keeps_its_meaning():
    assert _rewritten(_policy({"podSelector": {}})).manifest.spec["podSelector"] == {}


def test_address_ranges_are_told():
    assert _codes(_rewritten(_policy({"ipBlock": {"cidr": "10.0.0.0/8"}}))) == ["address-ranges"]


@pytest.mark.parametrize(
    "block",
    [
        {"cidr": "0.0.0.0/0"},
        {"cidr": "::/0"},
        {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "169.254.169.254/32"]},
        {"cidr": "8.8.8.8/32"},
    ],
)
def test_address_ranges_that_are_the_same_everywhere_are_no_reason_to_warn(block):
    assert _codes(_rewritten(_policy({"ipBlock": block}))) == []


def test_a_network_of_the_source_that_a_range_leaves_out_is_told():
    (told,) = _rewritten(_policy({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.244.0.0/16"]}})).problems
    assert (told.code, "except 10.244.0.0/16" in told.detail) == ("address-ranges", True)


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute", "Gateway"])
def test_every_reference_of_a_route_to_its_own_namespace_follows(kind):
    mirrored = [{"requestMirror": {"backendRef": {"namespace": "shop-dev"}}}]
    rules = [{"filters": mirrored, "backendRefs": [{"namespace": "shop-dev", "filters": mirrored}]}]
    listeners = [{"tls": {"certificateRefs": [{"namespace": "shop-dev"}]}}]
    spec = {"parentRefs": [{"namespace": "shop-dev"}], "rules": rules, "listeners": listeners}
    result = _rewritten(obj("gateway.networking.k8s.io/v1", kind, spec=copy.deepcopy(spec)))
    assert str(result.manifest.spec) == str(spec).replace("shop-dev", "shop")
    assert _codes(result) == []


def test_a_route_follows_its_namespace_and_hosts():
    route = obj(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        spec={
            "parentRefs": [{"name": "gate", "namespace": "shop-dev"}, {"name": "edge", "namespace": "infra"}],
            "hostnames": ["shop.dev.example"],
        },
    )
    result = _rewritten(route, ingress_hosts={"shop.dev.example": "shop.example"}).manifest
    assert [ref["namespace"] for ref in result.spec["parentRefs"]] == ["shop", "infra"]
    assert result.spec["hostnames"] == ["shop.example"]


def test_texts_that_speak_of_the_sources_namespace_are_told_and_left():
    text = "postgres://db.shop-dev.svc.cluster.local/shop"
    result = _rewritten(config_map(data={"url": text}))
    assert result.manifest.body["data"] == {"url": text}
    assert [p.field for p in result.problems if p.code == "names-source-namespace"] == ["data.url"]
    pod = {"containers": [{"name": "web", "env": [{"name": "DB", "value": text}]}]}
    assert _codes(_rewritten(deployment(pod=pod))) == ["names-source-namespace"]


def test_texts_are_not_searched_where_the_namespace_keeps_its_name():
    same = Move(source="shop-dev", target="shop-dev")
    assert _codes(_rewritten(config_map(data={"url": "db.shop-dev.svc"}), move=same)) == []


def test_an_override_that_matches_no_resource_blocks():
    overrides = Overrides(
        config_maps={"settings": {}, "other": {}}, replicas={"Deployment/api": 2}, ingress_hosts={"a": "b"}
    )
    problems = overrides_without_resource(overrides, (config_map(), deployment()))
    assert {p.severity for p in problems} == {Severity.BLOCKS}
    assert [p.detail.partition(" matches")[0] for p in problems] == [
        "The override for ConfigMap/other",
        "The override for Deployment/api",
        "The override for host a",
    ]


def test_an_override_of_replicas_for_a_kind_without_any_blocks():
    overrides = Overrides(replicas={"ConfigMap/settings": 3, "Deployment/web": 2})
    (problem,) = overrides_without_resource(overrides, (config_map(), deployment()))
    assert "ConfigMap/settings has no effect" in problem.detail


def test_a_custom_resource_that_has_replicas_may_be_given_others():
    campaign = obj("x.example/v1", "Campaign", "a", spec={"replicas": 1})
    assert overrides_without_resource(Overrides(replicas={"Campaign/a": 2}), (campaign,)) == ()


def test_a_mapping_of_a_class_that_nothing_names_is_a_mistake():
    claim = obj("v1", "PersistentVolumeClaim", "data", spec={"storageClassName": "fast"})
    ingress = obj("networking.k8s.io/v1", "Ingress", "a", spec={"ingressClassName": "nginx"})
    overrides = Overrides(
        storage_classes={"fast": "ssd", "slow": "hdd"}, ingress_classes={"nginx": "alb", "old": "new"}
    )
    details = [problem.detail for problem in overrides_without_resource(overrides, (claim, ingress))]
    assert [detail.partition(" matches")[0] for detail in details] == [
        "The override for storage class slow",
        "The override for ingress class old",
    ]


_HOSTS = {"www.dev.example": "www.shop.example"}


@pytest.mark.parametrize(
    "manifest",
    [
        obj(
            "cert-manager.io/v1", "Certificate", spec={"dnsNames": ["www.dev.example"], "commonName": "www.dev.example"}
        ),
        obj("route.openshift.io/v1", "Route", spec={"host": "www.dev.example"}),
        obj("projectcontour.io/v1", "HTTPProxy", spec={"virtualhost": {"fqdn": "www.dev.example"}}),
        obj("networking.istio.io/v1", "VirtualService", spec={"hosts": ["www.dev.example", "web"]}),
        obj("networking.istio.io/v1", "Gateway", spec={"servers": [{"hosts": ["shop-dev/www.dev.example"]}]}),
        obj("gateway.networking.k8s.io/v1", "GRPCRoute", spec={"hostnames": ["www.dev.example"]}),
        obj("externaldns.k8s.io/v1alpha1", "DNSEndpoint", spec={"endpoints": [{"dnsName": "www.dev.example"}]}),
        obj(
            "traefik.io/v1alpha1", "IngressRoute", spec={"routes": [{"match": "Host(`www.dev.example`) && Path(`/`)"}]}
        ),
        obj(
            "v1",
            "Service",
            metadata={"annotations": {"external-dns.alpha.kubernetes.io/hostname": "a.example, www.dev.example"}},
            spec={"selector": {"app": "web"}},
        ),
    ],
    ids=lambda manifest: f"{manifest.kind.name}.{manifest.kind.group}",
)
def test_a_host_is_mapped_and_a_kept_one_told_wherever_it_is_named(manifest):
    mapped = _rewritten(manifest, ingress_hosts=_HOSTS)
    assert "www.dev.example" not in str(mapped.manifest.body)
    assert "www.shop.example" in str(mapped.manifest.body)
    assert overrides_without_resource(Overrides(ingress_hosts=_HOSTS), (manifest,)) == ()
    kept = [p.detail for p in _rewritten(manifest).problems if p.code in {"ingress-host-unmapped", "certificate-host"}]
    assert len(kept) == 1
    assert "www.dev.example" in kept[0]


def test_a_name_within_the_cluster_is_no_host():
    inside = obj(
        "networking.istio.io/v1", "VirtualService", spec={"hosts": ["web", "web.tools.svc.cluster.local", "*"]}
    )
    assert _codes(_rewritten(inside)) == []


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        ("*/5 * * * *", False),
        ("0 * * * *", False),
        ("@every 1h", False),
        ("@hourly", False),
        ("0 3 * * *", True),
        ("0 * * * 1", True),
        ("@daily", True),
        ("*/5 8-18 * * *", True),
    ],
)
def test_a_missing_time_zone_is_told_where_the_schedule_names_an_hour_or_a_day(schedule, told):
    job = obj("batch/v1", "CronJob", spec={"schedule": schedule, "suspend": True})
    assert ("cron-job-time-zone" in _codes(_rewritten(job))) is told

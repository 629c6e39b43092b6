import base64
from dataclasses import replace

import pytest

from domain.image_mappings import ImageMapping
from domain.resources import ResourceId
from services.planning.comparing.values import ComparisonSection, DifferenceKind
from services.planning.images.releases import release_images
from tests.support.comparing import compared, of_release, on_clusters, seen, side, told, unread
from tests.support.objects import config_map, deployment, obj, secret, service

STAGING = {"environment": "Staging", "cluster": "stg-1"}


def _web(image="web:1", **container):
    return deployment(pod={"containers": [{"name": "web", "image": image, **container}]})


def _value(text):
    return base64.b64encode(text.encode()).decode()


def _autoscaler(low=2, high=10):
    scaled = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": scaled, "minReplicas": low, "maxReplicas": high}
    return obj("autoscaling/v2", "HorizontalPodAutoscaler", "web", spec=spec)


def _ingress(*hosts):
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    rules = [{"host": h, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}} for h in hosts]
    return obj("networking.k8s.io/v1", "Ingress", "web", spec={"rules": rules, "tls": [{"hosts": list(hosts)}]})


def test_equal_environments_are_the_same():
    objects = (_web(), config_map(), secret(), service())
    found = compared(side(*objects), side(*objects, **STAGING))
    assert found.same
    assert found.differences == ()


@pytest.mark.parametrize(
    ("section", "one", "other", "path", "values"),
    [
        ("config-maps", config_map(data={"a": "1"}), config_map(data={"a": "2"}), "data.a", ("1", "2")),
        ("config-maps", config_map(data={"a.b": "1"}), config_map(data={"a.b": "2"}), "data[a.b]", ("1", "2")),
        (
            "variables",
            _web(env=[{"name": "LOG", "value": "debug"}]),
            _web(env=[{"name": "LOG", "value": "info"}]),
            "spec.template.spec.containers[web].env[LOG].value",
            ("debug", "info"),
        ),
        (
            "requests-and-limits",
            _web(resources={"limits": {"cpu": "1"}}),
            _web(resources={"limits": {"cpu": "2"}}),
            "spec.template.spec.containers[web].resources.limits.cpu",
            ("1", "2"),
        ),
        (
            "probes",
            _web(readinessProbe={"httpGet": {"path": "/a", "port": 80}}),
            _web(readinessProbe={"httpGet": {"path": "/b", "port": 80}}),
            "spec.template.spec.containers[web].readinessProbe.httpGet.path",
            ("/a", "/b"),
        ),
        ("replicas", deployment(replicas=2), deployment(replicas=5), "spec.replicas", (2, 5)),
        ("replicas", _autoscaler(high=4), _autoscaler(high=9), "spec.maxReplicas", (4, 9)),
        ("hosts", _ingress("a.dev.example"), _ingress("a.example"), "hosts", (["a.dev.example"], ["a.example"])),
        ("other", service(type="ClusterIP"), service(type="LoadBalancer"), "spec.type", ("ClusterIP", "LoadBalancer")),
        (
            "other",
            deployment(metadata={"labels": {"team": "a"}}),
            deployment(metadata={"labels": {"team": "b"}}),
            "metadata.labels.team",
            ("a", "b"),
        ),
    ],
)
def test_each_field_is_told_in_its_section(section, one, other, path, values):
    found = compared(side(one), side(other, **STAGING))
    assert told(found) == [(section, one.id.label, path, *values)]
    assert not found.same


def test_a_key_that_one_side_lacks_is_told_by_its_name():
    found = compared(side(config_map(data={"a": "1", "b": "2"})), side(config_map(data={"a": "1"}), **STAGING))
    (difference,) = found.differences
    assert (difference.key, difference.kind) == ("b", DifferenceKind.ONLY_LEFT)
    assert not difference.right[0].present


def test_keys_are_compared_one_by_one_where_one_side_has_no_data_at_all():
    found = compared(side(config_map(data={"a": "1", "b": "2"})), side(config_map(data={}), **STAGING))
    assert [each.key for each in found.differences] == ["a", "b"]


def test_a_variable_is_told_by_its_name_where_one_side_has_no_variables():
    found = compared(side(_web(env=[{"name": "A", "value": "1"}])), side(_web(), **STAGING))
    assert [each.path for each in found.differences] == ["spec.template.spec.containers[web].env[A]"]


def test_a_variable_of_a_secret_is_compared_by_its_reference():
    def reads(name):
        return _web(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": name, "key": "k"}}}])

    found = compared(side(reads("one")), side(reads("two"), **STAGING))
    path = "spec.template.spec.containers[web].env[A].valueFrom.secretKeyRef"
    assert told(found) == [
        ("variables", "Deployment web", path, {"name": "one", "key": "k"}, {"name": "two", "key": "k"})
    ]


def test_an_object_that_one_side_lacks_is_told_once():
    found = compared(side(config_map(), _web()), side(_web(), **STAGING))
    assert [(each.resource.label, each.path, each.kind) for each in found.differences] == [
        ("ConfigMap settings", "", DifferenceKind.ONLY_LEFT)
    ]


def test_a_workload_that_one_side_lacks_is_not_told_as_images_too():
    assert len(compared(side(_web()), side(**STAGING)).differences) == 1


def test_a_container_that_one_side_lacks_is_told_once():
    two = deployment(pod={"containers": [{"name": "web", "image": "web:1"}, {"name": "log", "image": "log:1"}]})
    found = compared(side(two), side(_web(), **STAGING))
    assert [(each.path, each.kind) for each in found.differences] == [
        ("spec.template.spec.containers[log]", DifferenceKind.ONLY_LEFT)
    ]


# Secrets and values


def test_values_of_secrets_are_never_part_of_a_comparison():
    ones, others = {"a": _value("canary-1"), "b": _value("x")}, {"a": _value("canary-2"), "c": _value("canary-3")}
    found = compared(side(secret(data=ones)), side(secret(data=others), **STAGING))
    assert [(each.key, each.kind.value, each.hidden) for each in found.differences] == [
        ("a", "differs", True),
        ("b", "only-left", True),
        ("c", "only-right", True),
    ]
    assert all(value.value is None for each in found.differences for value in (*each.left, *each.right))
    assert "canary" not in repr(found.differences)
    assert "hmac:" not in repr(found.differences)


def test_annotations_of_secrets_are_hidden_and_their_type_is_not():
    ones = secret(type="Opaque", metadata={"annotations": {"note": "canary"}})
    others = secret(type="kubernetes.io/tls", metadata={"annotations": {"note": "other"}})
    found = compared(side(ones), side(others, **STAGING))
    assert told(found) == [
        ("secrets", "Secret keys", "metadata.annotations.note", None, None),
        ("secrets", "Secret keys", "type", "Opaque", "kubernetes.io/tls"),
    ]


def test_who_may_not_see_values_sees_that_they_differ():
    ones = (config_map(data={"mode": "canary"}), _web(env=[{"name": "A", "value": "canary"}]))
    others = (config_map(data={"mode": "x"}), _web(env=[{"name": "A", "value": "y"}, {"name": "B", "value": "canary"}]))
    found = compared(side(*ones), side(*others, **STAGING), values_shown=False)
    assert [each.path.rpartition(".")[2] for each in found.differences] == ["mode", "value", "env[B]"]
    assert "canary" not in repr(found.differences)


def test_a_container_that_only_one_side_has_hides_its_literals_as_well():
    two = {
        "containers": [{"name": "web", "image": "web:1"}, {"name": "log", "env": [{"name": "A", "value": "canary"}]}]
    }
    found = compared(side(deployment(pod=two)), side(_web(), **STAGING), values_shown=False)
    assert found.differences[0].left[0].value["env"] == [{"name": "A", "value": "withheld"}]


def test_long_values_are_shown_around_their_difference():
    ones, others = "a" * 50_000 + "1" + "a" * 50_000, "a" * 50_000 + "2" + "a" * 50_000
    found = compared(side(config_map(data={"f": ones})), side(config_map(data={"f": others}), **STAGING))
    left, right = found.differences[0].left[0].value, found.differences[0].right[0].value
    assert len(left) < 2000
    assert "1" in left.partition("…")[2]
    assert left != right


# What belongs to a place is no difference


def test_what_servers_and_tools_write_is_no_difference():
    ones = service(
        metadata={"uid": "1", "resourceVersion": "5", "labels": {"argocd.argoproj.io/instance": "shop-dev"}},
        clusterIP="10.0.0.1",
    )
    others = service(metadata={"uid": "2", "managedFields": [{"manager": "kubectl"}]}, clusterIP="10.9.0.9")
    assert compared(side(ones), side(others, **STAGING)).same


def test_the_own_namespace_is_no_difference_where_kubernetes_interprets_it():
    def binding(namespace):
        subject = {"kind": "ServiceAccount", "name": "web", "namespace": namespace}
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "web"}
        return obj("rbac.authorization.k8s.io/v1", "RoleBinding", "web", subjects=[subject], roleRef=role)

    left = side(binding("shop-dev"), namespace="shop-dev")
    assert compared(left, side(binding("shop-stg"), namespace="shop-stg", **STAGING)).same
    other = compared(left, side(binding("elsewhere"), namespace="shop-stg", **STAGING))
    assert told(other)[0][3][0]["namespace"] == "shop-dev"


def test_a_suspended_cron_job_differs_from_one_that_runs():
    def cron(*, suspend):
        return obj("batch/v1", "CronJob", "job", spec={"schedule": "0 3 * * *", "suspend": suspend})

    assert compared(side(cron(suspend=False)), side(cron(suspend=False), **STAGING)).same
    found = compared(side(cron(suspend=False)), side(cron(suspend=True), **STAGING))
    assert told(found) == [("other", "CronJob job", "spec.suspend", False, True)]


def test_spellings_of_one_quantity_are_the_same():
    ones, others = _web(resources={"limits": {"cpu": "1000m"}}), _web(resources={"limits": {"cpu": "1"}})
    assert compared(side(ones), side(others, **STAGING)).same


def test_an_object_is_the_same_in_another_version():
    ones = obj("autoscaling/v2", "HorizontalPodAutoscaler", "web", spec={"maxReplicas": 3})
    others = obj("autoscaling/v1", "HorizontalPodAutoscaler", "web", spec={"maxReplicas": 3})
    assert compared(side(ones), side(others, **STAGING)).same


def test_replicas_that_an_autoscaler_sets_are_not_compared_by_number():
    ones, others = deployment(replicas=3), deployment(replicas=7)
    assert compared(
        side(ones, autoscalers=(_autoscaler(),)), side(others, autoscalers=(_autoscaler(),), **STAGING)
    ).same
    found = compared(side(ones), side(others, autoscalers=(_autoscaler(),), **STAGING))
    assert told(found) == [("replicas", "Deployment web", "spec.replicas", 3, "set by HorizontalPodAutoscaler web")]


def test_other_fields_of_an_ingress_are_compared_apart_from_its_hosts():
    other = _ingress("a.example")
    other.body["spec"]["rules"][0]["http"]["paths"][0]["path"] = "/shop"
    found = compared(side(_ingress("a.dev.example")), side(other, **STAGING))
    assert [(each.section, each.path) for each in found.differences] == [
        (ComparisonSection.HOSTS, "hosts"),
        (ComparisonSection.OTHER, "spec.rules"),
    ]
    assert found.differences[1].left[0].value[0]["host"] == "a.dev.example"


def test_the_order_of_variables_counts_only_where_one_refers_to_another():
    plain = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    refers = [{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)"}]
    assert compared(side(_web(env=plain)), side(_web(env=plain[::-1]), **STAGING)).same
    found = compared(side(_web(env=refers)), side(_web(env=refers[::-1]), **STAGING))
    assert [each.kind for each in found.differences] == [DifferenceKind.ORDER]
    assert found.differences[0].left[0].value == ["A", "B"]


# Images


def test_images_are_compared_by_tag_and_by_the_digest_that_runs():
    digest = f"sha256:{'a' * 64}"
    key = ("apps", "Deployment", "web", "web")
    found = compared(side(_web("web:1"), digests={key: digest}), side(_web("web:2"), **STAGING))
    path = "spec.template.spec.containers[web].image"
    assert told(found) == [("images", "Deployment web", path, f"web:1@{digest}", "web:2")]


def test_one_tag_with_two_digests_differs():
    key = ("apps", "Deployment", "web", "web")
    digests = [{key: f"sha256:{each * 64}"} for each in "ab"]
    assert not compared(side(_web(), digests=digests[0]), side(_web(), digests=digests[1], **STAGING)).same
    assert compared(side(_web(), digests=digests[0]), side(_web(), **STAGING)).same  # one is not known


def test_an_image_under_the_name_that_one_side_has_for_it_is_the_same():
    mappings = (ImageMapping(source="docker.io/library", target="registry.prod"),)
    left, right = side(_web("web:1")), side(_web("registry.prod/web:1"), **STAGING)
    assert not compared(left, right).same
    assert compared(left, replace(right, image_mappings=mappings)).same
    assert compared(replace(right, image_mappings=mappings), left).same
    assert not compared(side(_web("web:2")), replace(right, image_mappings=mappings)).same


def test_a_release_is_compared_by_its_images_and_the_rest_is_not_recorded():
    left = side(_web("web:2"), config_map(), environment="Production")
    found = compared(left, of_release(*release_images([_web("web:1")])))
    assert told(found) == [("images", "Deployment web", "spec.template.spec.containers[web].image", "web:2", "web:1")]
    assert ComparisonSection.CONFIG_MAPS in found.not_recorded
    assert ComparisonSection.IMAGES not in found.not_recorded


def test_a_container_that_a_release_lacks_is_only_on_the_other_side():
    found = compared(of_release(*release_images([_web()])), of_release(number=8))
    assert [each.kind for each in found.differences] == [DifferenceKind.ONLY_LEFT]


# Several clusters


def test_values_of_several_clusters_are_told_cluster_by_cluster():
    right = on_clusters(
        seen(deployment(replicas=4), cluster="eu"),
        seen(deployment(replicas=6), cluster="us"),
        seen(deployment(replicas=4), cluster="ap"),
    )
    found = compared(side(deployment(replicas=2)), right)
    (difference,) = found.differences
    assert [(each.clusters, each.value) for each in difference.right] == [(("eu", "ap"), 4), (("us",), 6)]
    assert (found.left_skew, found.right_skew) == (0, 1)


def test_skew_within_both_sides_is_no_difference_between_them():
    clusters = seen(deployment(replicas=1), cluster="eu"), seen(deployment(replicas=2), cluster="us")
    found = compared(on_clusters(*clusters), on_clusters(*clusters))
    assert found.differences == ()
    assert found.left_skew == 1


def test_an_object_that_one_of_two_clusters_lacks_is_told():
    right = on_clusters(seen(config_map(), cluster="eu"), seen(cluster="us"))
    found = compared(side(config_map()), right)
    (difference,) = found.differences
    assert (difference.path, difference.kind) == ("", DifferenceKind.DIFFERS)
    assert [each.present for each in difference.right] == [True, False]


def test_a_cluster_that_cannot_be_read_is_said_and_the_rest_is_compared():
    right = on_clusters(seen(deployment(replicas=4), cluster="eu"), *unread(side(cluster="us")).clusters)
    found = compared(side(deployment(replicas=2)), right)
    assert told(found) == [("replicas", "Deployment web", "spec.replicas", 2, 4)]
    assert found.not_compared == ("Cluster us of Production could not be read: It refuses connections.",)


def test_what_cannot_be_read_is_neither_the_same_nor_missing():
    found = compared(side(config_map()), unread(side(**STAGING)))
    assert found.differences == ()
    assert not found.complete
    assert not found.same


def test_a_kind_that_may_not_be_read_is_not_missing():
    found = compared(side(secret(), config_map()), side(config_map(), unread=frozenset({("", "Secret")}), **STAGING))
    assert found.differences == ()
    assert found.not_compared == ("Secrets of Staging on cluster stg-1 could not be read.",)


def test_what_is_the_same_is_counted_by_section():
    ones = config_map(data={"a": "1", "b": "2", "c": "3"}), _web(env=[{"name": "A", "value": "1"}])
    others = config_map(data={"a": "1", "b": "x", "c": "3"}), _web("web:2", env=[{"name": "A", "value": "1"}])
    found = compared(side(*ones), side(*others, **STAGING))
    counts = {each.section.value: (each.same, each.different) for each in found.counts}
    assert counts["config-maps"] == (2, 1)
    assert counts["variables"] == (1, 0)
    assert counts["images"] == (0, 1)
    assert counts["other"] == (1, 0)  # the Deployment, apart from what other sections tell


def test_a_custom_resource_is_compared_by_what_is_written():
    def campaign(**spec):
        return obj("shop.example/v1", "Campaign", "sale", spec=spec)

    found = compared(side(campaign(percent=10, note=None)), side(campaign(percent=True, note=None), **STAGING))
    assert told(found) == [("other", "Campaign sale", "spec.percent", 10, True)]


def test_differences_come_by_section_and_then_by_object():
    ones = (service("b", type="ClusterIP"), service("a", type="ClusterIP"), config_map())
    others = (service("b", type="NodePort"), service("a", type="NodePort"), config_map(data={"mode": "x"}))
    found = compared(side(*ones), side(*others, **STAGING))
    assert [each.resource for each in found.differences] == [
        config_map().id,
        ResourceId.of("v1", "Service", "a"),
        ResourceId.of("v1", "Service", "b"),
    ]

"""What becomes of pods: on their node, with what they refer to, by how their images behave."""

import hashlib

import pytest

from tests.support.sandbox_stage import NAMESPACE, SandboxStage, config_map, container, deployment, pod

FROM_MAP = [{"name": "COLOUR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "colour"}}}]
OPTIONAL = [
    {"name": "COLOUR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "colour", "optional": True}}}
]


@pytest.fixture
def stage():
    return SandboxStage()


def is_ready(stage, name="alone"):
    return stage.conditions("pods", name).get("Ready", ("", ""))[0] == "True"


def container_status(stage, name="alone"):
    return stage.get("pods", name)["status"]["containerStatuses"][0]


def test_a_pod_becomes_ready_and_reports_the_digest_of_its_image(stage):
    stage.create(pod())
    stage.advance()
    reference = "registry.example/shop/web:1.4.0"
    digest = hashlib.sha256(reference.encode()).hexdigest()
    assert is_ready(stage)
    assert container_status(stage)["imageID"] == f"registry.example/shop/web@sha256:{digest}"


def test_a_pinned_image_reports_the_digest_that_it_names(stage):
    digest = "sha256:" + "a" * 64
    stage.create(pod("alone", container(image=f"registry.example/shop/web:1.4.0@{digest}")))
    stage.advance()
    assert container_status(stage)["imageID"] == f"registry.example/shop/web@{digest}"


def test_a_slow_image_runs_at_once_and_is_ready_after_twenty_seconds(stage):
    stage.create(pod("alone", container(image="registry.example/shop/web:slow")))
    stage.advance(15)
    assert "running" in container_status(stage)["state"]
    assert not is_ready(stage)
    stage.advance(10)
    assert is_ready(stage)


def test_a_broken_image_crashes_again_and_again_with_longer_and_longer_waits(stage):
    stage.create(pod("alone", container(image="registry.example/shop/web:broken")))
    stage.advance(10)
    status = container_status(stage)
    assert status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert status["lastState"]["terminated"]["exitCode"] == 1
    assert status["restartCount"] >= 3
    stage.advance(10)
    assert container_status(stage)["restartCount"] > status["restartCount"]
    assert len(stage.events("BackOff")) == 1


def test_only_the_broken_container_of_a_pod_crashes(stage):
    stage.create(pod("alone", container("web", "registry.example/shop/web:broken"), container("proxy")))
    stage.advance(10)
    statuses = {s["name"]: s for s in stage.get("pods", "alone")["status"]["containerStatuses"]}
    assert not statuses["web"]["ready"]
    assert statuses["proxy"]["ready"]
    assert not is_ready(stage)


def test_an_image_that_is_in_no_registry_is_pulled_again_and_again(stage):
    stage.create(pod("alone", container(image="registry.example/shop/web:missing")))
    stage.advance(30)
    seen = [
        reason
        for o in stage.changes
        if o["kind"] == "Pod"
        for s in o.get("status", {}).get("containerStatuses", [])
        if (reason := s["state"].get("waiting", {}).get("reason", "")).endswith(("Pull", "PullBackOff"))
    ]
    assert seen[:3] == ["ErrImagePull", "ImagePullBackOff", "ErrImagePull"]
    assert "not found" in stage.events("Failed")[0]


def test_an_image_name_that_is_none_is_never_tried(stage):
    stage.create(pod("alone", container(image="registry.example/Shop/WEB:1")))
    stage.advance(30)
    assert stage.waiting() == {"web": "InvalidImageName"}


def test_a_missing_config_map_holds_the_container_until_it_is_there(stage):
    stage.create(pod("alone", container(env=FROM_MAP)))
    stage.advance()
    assert stage.waiting() == {"web": "CreateContainerConfigError"}
    assert 'Error: configmap "settings" not found' in stage.events("Failed")
    stage.create(config_map(colour="blue"))
    stage.advance()
    assert is_ready(stage)


def test_a_missing_key_is_named(stage):
    stage.create(config_map(shape="round"))
    stage.create(pod("alone", container(env=FROM_MAP)))
    stage.advance()
    message = container_status(stage)["state"]["waiting"]["message"]
    assert message == f"couldn't find key colour in ConfigMap {NAMESPACE}/settings"


def test_a_missing_secret_of_the_whole_environment_holds_the_container(stage):
    stage.create(pod("alone", container(envFrom=[{"secretRef": {"name": "login"}}])))
    stage.advance()
    assert container_status(stage)["state"]["waiting"]["message"] == 'secret "login" not found'


def test_what_is_optional_may_be_missing(stage):
    volume = {"name": "v", "configMap": {"name": "none", "optional": True}}
    stage.create(pod("alone", container(env=OPTIONAL), volumes=[volume]))
    stage.advance()
    assert is_ready(stage)


def test_a_missing_secret_of_a_volume_holds_the_pod_and_is_told_as_failed_mount(stage):
    stage.create(pod("alone", volumes=[{"name": "login", "secret": {"secretName": "login"}}]))
    stage.advance()
    assert stage.waiting() == {"web": "ContainerCreating"}
    assert stage.events("FailedMount") == ['MountVolume.SetUp failed for volume "login" : secret "login" not found']


def test_a_missing_item_of_a_volume_is_told_as_failed_mount(stage):
    stage.create(config_map(shape="round"))
    items = [{"key": "colour", "path": "colour"}]
    stage.create(pod("alone", volumes=[{"name": "v", "configMap": {"name": "settings", "items": items}}]))
    stage.advance()
    assert "references non-existent config key: colour" in stage.events("FailedMount")[0]


def test_containers_wait_for_their_init_containers(stage):
    first, second = container("first", "registry.example/a:1"), container("second", "registry.example/b:broken")
    stage.create(pod("alone", initContainers=[first, second]))
    stage.advance(10)
    assert stage.waiting() == {"second": "CrashLoopBackOff", "web": "PodInitializing"}
    assert stage.conditions("pods", "alone")["Initialized"] == ("False", "ContainersNotInitialized")


def test_a_sidecar_among_the_init_containers_keeps_running(stage):
    sidecar = container("sidecar", "registry.example/a:1", restartPolicy="Always")
    stage.create(pod("alone", initContainers=[sidecar]))
    stage.advance()
    assert "running" in stage.get("pods", "alone")["status"]["initContainerStatuses"][0]["state"]
    assert is_ready(stage)


def test_a_pod_whose_claim_does_not_exist_cannot_be_scheduled_until_it_does(stage):
    stage.create(pod("alone", volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]))
    stage.advance()
    assert stage.conditions("pods", "alone")["PodScheduled"] == ("False", "Unschedulable")
    assert 'persistentvolumeclaim "data" not found' in stage.events("FailedScheduling")[0]
    stage.create(claim())
    stage.advance()
    assert is_ready(stage)
    assert stage.get("persistentvolumeclaims", "data")["status"]["phase"] == "Bound"


def test_a_claim_that_waits_for_its_first_pod_stays_pending_without_one(stage):
    stage.create(claim())
    stage.advance(60)
    assert stage.get("persistentvolumeclaims", "data")["status"]["phase"] == "Pending"
    assert len(stage.events("WaitForFirstConsumer")) == 1


def test_a_claim_of_an_immediate_class_is_bound_at_once(stage):
    metadata = {"name": "fast"}
    kind = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "practice.example/disk"}
    stage.create({**kind, "metadata": metadata, "volumeBindingMode": "Immediate", "reclaimPolicy": "Delete"})
    stage.create(claim(storageClassName="fast"))
    stage.advance()
    bound = stage.get("persistentvolumeclaims", "data")
    assert bound["status"]["phase"] == "Bound"
    assert bound["spec"]["volumeName"] == f"pvc-{bound['metadata']['uid']}"


def test_a_claim_of_an_unknown_class_stays_pending_and_says_why(stage):
    stage.create(claim(storageClassName="nowhere"))
    stage.advance()
    assert stage.get("persistentvolumeclaims", "data")["status"]["phase"] == "Pending"
    assert stage.events("ProvisioningFailed") == ['storageclass.storage.k8s.io "nowhere" not found']


def test_a_claim_that_a_pod_uses_goes_only_after_that_pod(stage):
    stage.create(claim())
    stage.create(pod("alone", volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]))
    stage.advance()
    stage.delete("persistentvolumeclaims", "data")
    stage.advance()
    assert stage.exists("persistentvolumeclaims", "data")
    stage.delete("pods", "alone")
    stage.advance()
    assert not stage.exists("persistentvolumeclaims", "data")


def test_a_node_selector_that_no_node_fits_keeps_a_pod_unscheduled(stage):
    stage.create(pod("alone", nodeSelector={"disk": "ssd"}))
    stage.advance()
    assert stage.conditions("pods", "alone")["PodScheduled"] == ("False", "Unschedulable")


def test_a_running_pod_that_is_deleted_is_terminating_for_a_moment(stage):
    stage.create(deployment(replicas=1))
    stage.advance()
    name = stage.all("pods")[0]["metadata"]["name"]
    stage.delete("pods", name)
    assert "deletionTimestamp" in stage.get("pods", name)["metadata"]
    stage.advance()
    assert not stage.exists("pods", name)


def claim(**spec):
    requests = {"requests": {"storage": "1Gi"}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": NAMESPACE},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": requests, **spec},
    }

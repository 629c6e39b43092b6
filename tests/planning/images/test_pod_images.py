"""Which digests an app environment's pods run, read off objects as a cluster serves them."""

from domain.resources import Manifest
from services.planning.health.values import Children
from services.planning.images.pod_images import pod_images
from tests.support.rollouts import tape, with_uid

ONE, TWO = ("sha256:" + letter * 64 for letter in "12")


def deployment(*, image: str = "shop/web:1", name: str = "web", **spec) -> Manifest:
    pods = {"spec": {"containers": [{"name": "web", "image": image}]}}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "uid": "d"}}
    return Manifest({**body, "spec": {"template": pods, **spec}})


def pod(digest: str, *, image: str = "shop/web:1", owner: dict[str, str] | None = None, **metadata) -> Manifest:
    owner = owner or {"kind": "ReplicaSet", "name": "web-abc", "uid": "rs"}
    return Manifest(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": "web-abc-x",
                "labels": {"pod-template-hash": "abc"},
                "ownerReferences": [{**owner, "controller": True}],
                **metadata,
            },
            "spec": {"containers": [{"name": "web", "image": image}, {"name": "injected", "image": "mesh:1"}]},
            "status": {"containerStatuses": [{"name": "web", "imageID": f"shop/web@{digest}"}]},
        }
    )


def digests(workload: Manifest, *pods: Manifest, **more) -> tuple[str, ...]:
    said = pod_images(workload, Children(pods=pods, **more))
    return said["web"].digests if said else ()


def test_the_digest_of_pods_that_have_the_templates_images():
    assert digests(deployment(), pod(ONE), pod(ONE)) == (ONE,)


def test_pods_of_the_former_image_do_not_count():
    assert digests(deployment(), pod(ONE), pod(TWO, image="shop/web:0")) == (ONE,)


def test_terminating_pods_do_not_count():
    assert digests(deployment(), pod(ONE), pod(TWO, deletionTimestamp="2026-01-01T00:00:00Z")) == (ONE,)


def test_pods_of_a_deployment_whose_name_begins_alike_do_not_count():
    other = {"kind": "ReplicaSet", "name": "web-admin-abc", "uid": "x"}
    assert digests(deployment(), pod(ONE, owner=other)) == ()


def test_pods_without_a_controller_do_not_count():
    assert digests(deployment(), pod(ONE, ownerReferences=[])) == ()


def test_a_tag_that_moved_between_two_starts_shows():
    assert digests(deployment(), pod(ONE), pod(TWO)) == (ONE, TWO)


def test_an_image_that_only_its_node_knows_has_no_digest():
    local = pod(ONE).edited()
    local["status"]["containerStatuses"][0]["imageID"] = ONE
    assert digests(deployment(), Manifest(local)) == ()


def test_an_evicted_pod_does_not_count():
    evicted = pod(TWO).edited()
    evicted["status"]["phase"] = "Failed"
    assert digests(deployment(), pod(ONE), Manifest(evicted)) == (ONE,)


CRON_JOB = Manifest(
    {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "report", "uid": "cron"},
        "spec": {
            "jobTemplate": {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "shop/web:1"}]}}}}
        },
    }
)


def job(name: str, *, day: int = 1) -> Manifest:
    owners = [{"kind": "CronJob", "uid": "cron", "controller": True}]
    created = f"2026-01-{day:02}T00:00:00Z"
    metadata = {"name": name, "uid": name, "creationTimestamp": created, "ownerReferences": owners}
    return Manifest({"kind": "Job", "metadata": metadata})


def run_of(name: str, digest: str) -> Manifest:
    return pod(digest, owner={"kind": "Job", "name": name, "uid": name})


def test_the_pods_of_a_cron_job_are_those_of_its_jobs():
    assert digests(CRON_JOB, run_of("report-1", ONE), jobs=(job("report-1"),)) == (ONE,)
    assert digests(CRON_JOB, run_of("report-1", ONE)) == ()


def test_of_a_cron_job_the_youngest_run_that_pulled_its_images_counts():
    """Its tag may well have moved between two nights."""
    pulling = run_of("report-3", TWO).edited()
    pulling["status"]["containerStatuses"][0]["imageID"] = ""
    runs = (run_of("report-1", TWO), run_of("report-2", ONE), Manifest(pulling))
    jobs = (job("report-1", day=1), job("report-2", day=2), job("report-3", day=3))
    assert digests(CRON_JOB, *runs, jobs=jobs) == (ONE,)


def test_the_digests_on_a_recorded_server_are_read():
    pods = [with_uid("Pod", item, owner="rs") for item in tape("rollout-good")[6]["response"]["body"]["items"]]
    patched = tape("rollout-good")[3]["response"]["body"]
    said = pod_images(Manifest(patched), Children(pods=tuple(pods)))
    found = {name: one.digests for name, one in said.items()}
    statuses = pods[0].status["containerStatuses"]
    assert found == {status["name"]: (status["imageID"].partition("@")[2],) for status in statuses}
    assert set(found) == {"web", "proxy"}

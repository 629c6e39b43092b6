"""The stored forms read what the former release wrote, and write what it reads."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.images import ContainerImage, ContainerRef, Image
from domain.problems import Severity
from domain.resources import ResourceId
from domain.stored.plans import CopySource, StoredCopyPlan, StoredImagePlan, StoredResource, StoredUnmatched
from domain.stored.requests import CopyRequest, DeployRequest, PromotionRequest, RollbackRequest
from domain.stored.rollouts import ExpectedRollout, UndoImages, rollouts_from_json
from domain.stored.spec import OperationSpec
from domain.stored.strategies import Strategy
from domain.stored.versions import UnknownVersionError
from domain.words import Action, OnConflict, OnFailure, OperationKind
from tests.support.former_rows import NAMES, former_row

WEB = ResourceId.of("apps/v1", "Deployment", "web")
DATABASE = ResourceId.of("apps/v1", "StatefulSet", "db")

# What the former release wrote into rows and never read again. Where an operation is has columns of its own.
_NEVER_READ = {"request.application", "request.environment"}


def spec_of(name: str) -> OperationSpec:
    row = former_row(name)
    return OperationSpec.from_json(OperationKind(row["kind"]), request=row["request"], plan=row["plan"])


def differences(former: Any, present: Any, path: str) -> Iterator[str]:
    """The paths at which `present` lacks a value of `former` or has another one. Members of its own are no matter."""
    if isinstance(former, dict) and isinstance(present, dict):
        for key, value in former.items():
            inner = f"{path}.{key}"
            yield from differences(value, present[key], inner) if key in present else [inner]
    elif isinstance(former, list) and isinstance(present, list) and len(former) == len(present):
        for number, (before, now) in enumerate(zip(former, present, strict=True)):
            yield from differences(before, now, f"{path}[{number}]")
    elif former != present:
        yield path


@pytest.mark.parametrize("name", NAMES)
def test_a_request_is_written_again_with_all_that_the_former_release_reads(name):
    former = former_row(name)["request"]
    assert set(differences(former, spec_of(name).request.to_json(), "request")) <= _NEVER_READ


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_is_written_again_with_all_that_the_former_release_reads(name):
    former = former_row(name)["plan"]
    # The former release showed a plan's problems from the preview, never from the row; they name resources anew.
    changed = [
        each for each in differences(former, spec_of(name).plan.to_json(), "plan") if not each.endswith(".resource")
    ]
    assert changed == []


@pytest.mark.parametrize("name", NAMES)
def test_what_undoing_needs_is_written_again_with_all_that_the_former_release_reads(name):
    for cluster in former_row(name)["clusters"]:
        if cluster["before"] is not None:
            present = UndoImages.from_json(cluster["before"]).to_json()
            assert list(differences(cluster["before"], present, "before")) == []


@pytest.mark.parametrize("name", NAMES)
def test_expected_rollouts_are_written_again_with_all_that_the_former_release_reads(name):
    for cluster in former_row(name)["clusters"]:
        present = [each.to_json() for each in rollouts_from_json(cluster["expected"] or [])]
        assert list(differences(cluster["expected"] or [], present, "expected")) == []


@pytest.mark.parametrize("name", [each for each in NAMES if former_row(each)["release"]])
def test_a_release_is_written_again_with_all_that_the_former_release_reads(name):
    former = former_row(name)["release"]["images"]
    present = [ContainerImage.from_json(each).to_json() for each in former]
    assert list(differences(former, present, "images")) == []


def test_the_comparison_finds_what_is_lost_and_what_is_changed():
    former = {"a": {"b": 1, "c": [1, 2]}, "d": None}
    present = {"a": {"c": [1, 3], "new": 0}, "d": None}
    assert list(differences(former, present, "row")) == ["row.a.b", "row.a.c[1]"]


def test_a_promotion_has_the_changes_of_a_cluster_that_was_read():
    plan = spec_of("promotion").plan
    assert isinstance(plan, StoredImagePlan)
    cluster = plan.clusters["prod-eu"]
    assert cluster.read
    assert [(each.workload, each.container, each.init, each.action) for each in cluster.changes] == [
        (WEB, "web", False, Action.UPDATE),
        (WEB, "proxy", False, Action.UNCHANGED),
        (DATABASE, "init-schema", True, Action.UPDATE),
        (DATABASE, "db", False, Action.UPDATE),
    ]
    change = cluster.changes[0]
    assert change.pointer == "/spec/template/spec/containers/0"
    assert (change.before.tag, change.after.tag) == ("1", "2")
    assert change.after.reference == f"registry.example/shop/web:2@{change.after.digest}"


def test_a_promotion_has_the_images_for_a_cluster_that_was_not_read():
    plan = spec_of("promotion").plan
    assert isinstance(plan, StoredImagePlan)
    cluster = plan.clusters["prod-us"]
    assert (cluster.read, cluster.changes) == (False, ())
    assert [(each.container, each.image.tag) for each in cluster.desired] == [
        ("extra", "1"),
        ("web", "2"),
        ("proxy", "1"),
        ("init-schema", "2"),
        ("db", "2"),
    ]
    assert all(each.image.digest for each in cluster.desired)


def test_problems_are_read_with_and_without_a_resource():
    plan = spec_of("promotion").plan
    assert isinstance(plan, StoredImagePlan)
    (of_cluster,) = plan.clusters["prod-us"].problems
    assert (of_cluster.code, of_cluster.severity, of_cluster.resource) == ("cluster-unreachable", Severity.WARNS, None)
    (of_plan,) = plan.problems
    extra = ResourceId.of("apps/v1", "Deployment", "extra")
    assert (of_plan.code, of_plan.resource, of_plan.field) == ("container-unmatched", extra, "extra")
    assert plan.unmatched == (
        StoredUnmatched(container=ContainerRef(workload=extra, container="extra"), side="source"),
    )


def test_an_image_plan_leaves_images_in_its_namespace_and_changes_no_resources():
    leaves = spec_of("promotion").plan.leaves
    assert (leaves.namespace, leaves.resources) == ("promoted", None)
    assert {name: len(images) for name, images in leaves.images.items()} == {"prod-eu": 4, "prod-us": 5}


def test_a_request_for_a_promotion_is_read_with_its_containers_and_waves():
    assert spec_of("undone-promotion").request == PromotionRequest(
        source_environment="Staging",
        target_environment="Production",
        source_cluster="staging-1",
        containers=(ContainerRef(workload=WEB, container="web"),),
        strategy=Strategy(on_failure=OnFailure.ROLL_BACK, waves=(("prod-eu",), ("prod-us",))),
    )


def test_a_rollback_names_its_release_in_request_and_plan():
    spec = spec_of("rollback")
    assert spec.request == RollbackRequest(release=1, strategy=Strategy())
    assert isinstance(spec.plan, StoredImagePlan)
    assert (spec.plan.source_environment, spec.plan.source_release) == (None, 1)


def test_a_deploy_of_one_image_is_read_with_the_containers_that_it_was_for():
    request = spec_of("deploy-of-an-image").request
    assert isinstance(request, DeployRequest)
    assert request.image == "registry.example/shop/web:5"
    assert [(each.ref, each.image) for each in request.images] == [
        (ContainerRef(workload=WEB, container="web"), Image.of("registry.example/shop/web:5"))
    ]


def test_a_deploy_of_named_images_is_read():
    image = ContainerImage(workload=WEB, container="web", image=Image.of("registry.example/shop/web:6"))
    assert spec_of("deploy-of-named-images").request == DeployRequest(images=(image,), strategy=Strategy())


def test_an_import_is_read_with_marks_where_values_were_typed_in():
    request = spec_of("import").request
    assert isinstance(request, CopyRequest)
    assert request.overrides.secrets == {"shop-database": {"password": "withheld"}}
    assert request.overrides.config_maps == {"shop-settings": {"LOG_LEVEL": "warning", "GONE": None}}
    assert request.overrides.allow == ("registry-credentials",)
    assert request.source is not None
    assert (request.source.cluster, request.source.namespace) == ("dev-1", "shop")
    assert [each.label for each in request.source.resources] == [
        "ConfigMap shop-settings",
        "Secret shop-database",
        "ServiceAccount shop",
        "Deployment checkout",
    ]


def test_the_plan_of_an_import_knows_which_clusters_were_not_read():
    plan = spec_of("import").plan
    assert isinstance(plan, StoredCopyPlan)
    assert (plan.source, plan.on_conflict) == (
        CopySource(environment="Development", cluster="dev-1", namespace="shop"),
        OnConflict.FAIL,
    )
    assert plan.clusters["prod-us"] is None
    read = plan.clusters["prod-eu"]
    assert read is not None
    assert read.namespace_action is Action.CREATE
    assert read.resources[0] == StoredResource(
        resource=ResourceId.of("v1", "ServiceAccount", "shop"),
        action=Action.CREATE,
        desired_fingerprint="hmac:25d2abc096565014f6f18265a4f65b34",
        live_fingerprint=None,
    )
    assert plan.leaves.resources == tuple(each.resource for each in read.resources)


def test_a_configure_is_read_with_marks_for_text_and_for_base64():
    request = spec_of("configure").request
    assert isinstance(request, CopyRequest)
    assert request.source is None
    data = {each.name: each.body["data"] for each in request.manifests if each.kind.name == "Secret"}
    assert data == {"keys": {"token": "withheld"}, "raw": {"password": "withheld", "binary": "withheld-base64"}}


def test_what_undoing_needs_is_read_change_by_change():
    undo = UndoImages.from_json(former_row("promotion")["clusters"][0]["before"])
    assert [(each.workload, each.container, each.before.tag, each.after.tag) for each in undo.changes] == [
        (WEB, "web", "1", "2"),
        (DATABASE, "init-schema", "1", "2"),
        (DATABASE, "db", "1", "2"),
    ]
    assert all(each.action is Action.UPDATE for each in undo.changes)


def test_an_expected_rollout_keeps_the_moment_from_which_its_time_counts():
    (rollout,) = rollouts_from_json(former_row("import")["clusters"][0]["expected"])
    assert rollout == ExpectedRollout(
        resource=ResourceId.of("apps/v1", "Deployment", "checkout"),
        uid="8f307a3a-f00b-46cc-a5f1-95587935f69f",
        generation=1,
        images={"checkout": "registry.example/shop/checkout:3.2.0"},
        since=datetime(2026, 12, 1, 11, 46, 50, 118069, tzinfo=UTC),
    )


def test_a_rollout_of_the_first_releases_has_no_such_moment():
    (document,) = former_row("import")["clusters"][0]["expected"]
    del document["since"]
    assert ExpectedRollout.from_json(document).since is None


def test_a_release_names_the_cluster_where_clusters_differ():
    images = [ContainerImage.from_json(each) for each in former_row("deploy-of-named-images")["release"]["images"]]
    assert [(each.container, each.image.tag, each.cluster) for each in images] == [
        ("web", "6", None),
        ("proxy", "1", "prod-eu"),
        ("proxy", "2", "prod-us"),
    ]


@pytest.mark.parametrize("version", [0, 9, "1", None])
@pytest.mark.parametrize("member", ["request", "plan"])
@pytest.mark.parametrize("name", NAMES)
def test_a_spec_of_an_unknown_version_is_refused(name, member, version):
    row = former_row(name)
    documents = {"request": row["request"], "plan": row["plan"]}
    documents[member] = {**documents[member], "version": version}
    with pytest.raises(UnknownVersionError):
        OperationSpec.from_json(OperationKind(row["kind"]), **documents)


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_what_undoing_needs_in_an_unknown_version_is_refused(version):
    (document, _) = (each["before"] for each in former_row("promotion")["clusters"])
    with pytest.raises(UnknownVersionError):
        UndoImages.from_json({**document, "version": version})


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_a_rollout_of_an_unknown_version_is_refused(version):
    (document,) = former_row("import")["clusters"][0]["expected"]
    with pytest.raises(UnknownVersionError):
        ExpectedRollout.from_json({**document, "version": version})

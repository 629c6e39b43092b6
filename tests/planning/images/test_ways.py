from typing import Any

import pytest

from domain.images import WriteMethod, WrittenAs
from domain.resources import Manifest
from services.planning.images.ways import ImagePlace, Torn, taken, way_of
from services.planning.objects.manager_entries import entries_of
from services.planning.objects.workload_owners import Tool, WorkloadOwner

WEB = ImagePlace(container="web", pointer="/spec/template/spec/containers/0")
PROXY = ImagePlace(container="proxy", pointer="/spec/template/spec/containers/1")
RELEASE = WorkloadOwner(tool=Tool.HELM, name="the Helm release shop", returns="", manager="helm")
EARLY, LATE = "2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z"


def apply(manager: str) -> WrittenAs:
    return WrittenAs(manager=manager, method=WriteMethod.APPLY)


def patch(manager: str) -> WrittenAs:
    return WrittenAs(manager=manager, method=WriteMethod.PATCH)


def entry(manager: str, operation: str, *, web=("f:name", "f:image"), proxy=(), time=EARLY):
    containers: dict[str, Any] = {
        f'k:{{"name":"{name}"}}': {".": {}, **{field: {} for field in fields}}
        for name, fields in (("web", web), ("proxy", proxy))
        if fields
    }
    fields = {"f:spec": {"f:template": {"f:spec": {"f:containers": containers}}}}
    return {"manager": manager, "operation": operation, "apiVersion": "apps/v1", "time": time, "fieldsV1": fields}


def entries(*given):
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "managedFields": list(given)}}
    return entries_of(Manifest(body))


@pytest.mark.parametrize(
    ("given", "way"),
    [
        pytest.param([], None, id="nobody owns it"),
        pytest.param([entry("kubectl-client-side-apply", "Update")], None, id="kubectl apply updates"),
        pytest.param([entry("stagecoach", "Apply")], None, id="an import of ours"),
        pytest.param([entry("kubectl", "Apply")], apply("kubectl"), id="somebody applies it"),
        pytest.param([entry("ci", "Apply"), entry("stagecoach", "Update")], apply("ci"), id="both own the image"),
        pytest.param(
            [entry("ci", "Apply", web=("f:name",)), entry("stagecoach", "Update", web=("f:image",), time=LATE)],
            apply("ci"),
            id="an earlier version took the image",
        ),
        pytest.param(
            [entry("ci", "Apply", web=("f:name",), time=LATE), entry("stagecoach", "Update", web=("f:image",))],
            None,
            id="it has applied since and leaves the image out",
        ),
        pytest.param(
            [entry("ci", "Apply", web=("f:name",)), entry("kubectl-set", "Update", web=("f:image",), time=LATE)],
            patch("kubectl-set"),
            id="a person took the image",
        ),
        pytest.param(
            [entry("ci", "Apply", web=("f:name", "f:env")), entry("stagecoach", "Apply")],
            None,
            id="somebody applies an environment variable of our container",
        ),
    ],
)
def test_an_image_is_written_so_that_nobodys_next_apply_fails(given, way):
    assert way_of(entries(*given), None, [WEB]) == way


def test_what_helm_wrote_without_server_side_apply_is_patched_in_its_name():
    assert way_of(entries(entry("helm", "Update")), RELEASE, [WEB]) == patch("helm")


def test_an_image_that_two_managers_apply_cannot_be_written():
    found = way_of(entries(entry("helm", "Apply"), entry("ci", "Apply")), RELEASE, [WEB])
    assert found == Torn(managers=("helm", "ci"), one_image=True)


def test_images_of_different_managers_are_not_written_at_once():
    given = entries(entry("helm", "Apply"), entry("ci", "Apply", web=(), proxy=("f:name", "f:image")))
    assert way_of(given, None, [WEB, PROXY]) == Torn(managers=("helm", "ci"), one_image=False)
    assert way_of(given, None, [PROXY]) == apply("ci")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([entry("helm", "Apply"), entry("stagecoach", "Update", web=("f:image",))], True),
        ([entry("helm", "Apply", web=("f:name",)), entry("stagecoach", "Update", web=("f:image",), time=LATE)], True),
        ([entry("helm", "Update"), entry("stagecoach", "Update", web=("f:image",))], False),
        ([entry("stagecoach", "Apply"), entry("stagecoach", "Update", web=("f:image",))], False),
        ([entry("helm", "Apply")], False),
    ],
)
def test_what_an_earlier_version_took_is_found_beside_a_manager_that_applies(given, found):
    assert (taken(entries(*given), [WEB]) is not None) is found

"""The revisions of a release, as its records have them, and the chart that is rebuilt of one."""

import base64
import gzip
import io
import json
import tarfile
from typing import Any

import pytest

from domain.resources import Manifest
from services.planning.helm.charts import ChartNotRebuiltError, chart_archive
from services.planning.helm.records import history_of, templated
from services.planning.helm.refusals import refused_by_history, refused_elsewhere
from services.planning.objects.helm_records import ReleaseName

SHOP = ReleaseName(namespace="shop", name="shop")


def record(number: int, status: str, *, operation: str | None = None) -> Manifest:
    document = {
        "version": number,
        "info": {"status": status, "last_deployed": "2026-12-01T12:00:00Z"},
        "config": {"password": "hunter2"},
        "chart": {},
        "manifest": "",
    }
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(document).encode()))).decode()
    labels = {"version": str(number)} | ({"stagecoach-operation": operation} if operation else {})
    return Manifest(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"sh.helm.release.v1.shop.v{number}", "labels": labels},
            "data": {"release": packed},
        }
    )


def history(*records: Manifest):
    found = history_of(SHOP, records)
    assert found is not None
    return found


def refusal(*records: Manifest, retried: bool = False) -> str | None:
    refused = refused_by_history(SHOP, history_of(SHOP, records), retried=retried)
    return refused.code if refused is not None else None


def test_the_deployed_revision_is_the_base_also_where_a_newer_one_failed():
    found = history(record(9, "superseded"), record(10, "deployed"), record(11, "failed"))
    assert found.deployed is not None
    assert (found.newest.number, found.deployed.number) == (11, 10)


def test_a_revision_knows_the_operation_that_made_it():
    assert history(record(1, "deployed", operation="o-1")).newest.operation == "o-1"


def test_values_are_not_shown_by_a_revisions_repr():
    assert "hunter2" not in repr(history(record(1, "deployed")))


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([], "helm-release-missing"),
        ([record(1, "deployed"), record(2, "pending-upgrade")], "helm-release-pending"),
        ([record(1, "deployed"), record(2, "failed")], "helm-release-failed"),
        ([record(1, "pending-install")], "helm-release-pending"),
        ([record(1, "uninstalled")], "helm-release-failed"),
        ([record(1, "superseded"), record(2, "deployed")], None),
    ],
)
def test_a_release_is_upgraded_only_where_its_newest_revision_is_deployed(records, code):
    assert refusal(*records) == code


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("failed", None),
        ("pending-install", None),
        ("pending-upgrade", None),
        ("pending-rollback", "helm-release-pending"),
        ("uninstalled", "helm-release-failed"),
    ],
)
def test_one_that_flux_upgrades_again_by_itself_is_left_alone_only_on_its_way_back(status, code):
    assert refusal(record(1, "deployed"), record(2, status), retried=True) == code


def test_a_release_of_another_namespace_than_the_applications_is_refused():
    assert refused_elsewhere(SHOP, "shop") is None
    refused = refused_elsewhere(SHOP, "other")
    assert refused is not None
    assert refused.code == "helm-release-elsewhere"


def test_a_record_that_cannot_be_read_is_an_error_that_quotes_nothing():
    broken = Manifest({**record(1, "deployed").body, "data": {"release": "aHVudGVyMg=="}})
    with pytest.raises(ValueError, match="cannot be read") as told:
        history_of(SHOP, [broken])
    assert "hunter2" not in str(told.value)


def chart(**more: Any) -> dict[str, Any]:
    template = base64.b64encode(b"kind: Deployment").decode()
    return {
        "metadata": {"name": "shop", "version": "1.0.0", "apiVersion": "v2"},
        "values": {"image": {"tag": "1"}},
        "templates": [{"name": "templates/web.yaml", "data": template}],
        "files": [{"name": "files/a.txt", "data": base64.b64encode(b"a").decode()}],
        **more,
    }


def test_a_chart_is_rebuilt_with_all_its_files():
    with tarfile.open(fileobj=io.BytesIO(chart_archive(chart()))) as archive:
        found = {each.name: archive.extractfile(each).read() for each in archive}  # type: ignore[union-attr]  # files
    assert found["chart/templates/web.yaml"] == b"kind: Deployment"
    assert (found["chart/files/a.txt"], json.loads(found["chart/values.yaml"])) == (b"a", {"image": {"tag": "1"}})


def test_a_chart_that_depends_on_others_cannot_be_rebuilt():
    metadata = {"name": "shop", "dependencies": [{"name": "postgresql"}]}
    with pytest.raises(ChartNotRebuiltError, match="postgresql"):
        chart_archive(chart(metadata=metadata))


def test_a_file_that_cannot_be_read_leaves_no_half_chart():
    with pytest.raises(ChartNotRebuiltError):
        chart_archive(chart(files=[{"name": "a", "data": "not base64!"}]))


def test_what_helm_prints_of_a_chart_is_a_manifest_and_hooks():
    printed = (
        "---\n# Source: shop/web.yaml\nkind: Deployment\nmetadata: {name: web}\n"
        "---\n# Source: shop/migrate.yaml\nkind: Job\n"
        "metadata: {name: migrate, annotations: {helm.sh/hook: 'pre-upgrade, pre-install'}}\n"
    )
    base = history(record(3, "pending-upgrade")).newest
    made = templated(printed, base, {"tag": "2"})
    (hook,) = made.hooks
    assert (hook.kind, hook.name, hook.events) == ("Job", "migrate", ("pre-upgrade", "pre-install"))
    assert (made.number, made.config, "migrate" in made.manifest) == (4, {"tag": "2"}, False)
    assert "name: web" in made.manifest

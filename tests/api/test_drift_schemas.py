"""Drift of keys and fields as the contract has it: paths and keys by their names, and never a value."""

from datetime import UTC, datetime

from api.schemas.drift import AcceptancePlanRead, AcceptRequest, DivergenceRead
from domain.divergences import Divergence, DivergenceKind, FoundField, FoundFields, OpenDivergence
from domain.resources import ResourceId
from domain.written import WrittenObject
from services.planning.drift.accepting import AcceptancePlan
from services.planning.drift.accepting_fields import AcceptedFields

NOW = datetime(2026, 12, 1, tzinfo=UTC)
SETTINGS = ResourceId.of("v1", "ConfigMap", "settings")
FIELDS = (FoundField(path="data[tls.crt]", manager="kubectl-edit", written_at=NOW), FoundField(path="", removed=True))
AS_JSON = [
    {
        "path": "data[tls.crt]",
        "key": "tls.crt",
        "removed": False,
        "manager": "kubectl-edit",
        "written_at": "2026-12-01T00:00:00Z",
    },
    {"path": "", "key": None, "removed": True, "manager": None, "written_at": None},
]


def test_a_divergence_names_paths_keys_and_writers_by_cluster():
    divergence = Divergence(
        kind=DivergenceKind.KEY_DRIFT,
        workload=SETTINGS,
        container="",
        init=False,
        fields=(FoundFields(cluster="prod-eu", fields=FIELDS),),
        release=3,
    )
    shown = DivergenceRead.of(OpenDivergence(id="1", divergence=divergence, since=NOW, opened_at=NOW))
    found = shown.model_dump(mode="json")
    assert (found["kind"], found["container"], found["found"]) == ("key-drift", "", [])
    assert found["fields"] == [{"cluster": "prod-eu", "fields": AS_JSON}]


def test_a_plan_to_accept_names_the_fields_and_no_fingerprint():
    accepted = AcceptedFields(
        cluster="prod-eu", fields=FIELDS, now=WrittenObject(resource=SETTINGS, fields={"f:data": {"f:tls.crt": "Zm9v"}})
    )
    plan = AcceptancePlan(
        environment="Production",
        cluster=None,
        release=3,
        changes=(),
        images=(),
        clusters=("prod-eu",),
        problems=(),
        fields=(accepted,),
    )
    found = AcceptancePlanRead.reading(plan).model_dump(mode="json")
    assert found["fields"] == [
        {
            "resource": {"api_version": "v1", "kind": "ConfigMap", "name": "settings"},
            "cluster": "prod-eu",
            "fields": AS_JSON,
        }
    ]
    assert "Zm9v" not in str(found)


def test_naming_objects_leaves_images_alone_and_naming_containers_leaves_fields_alone():
    resource = {"api_version": "v1", "kind": "ConfigMap", "name": "settings"}
    of_objects = AcceptRequest.model_validate({"objects": [resource]}).to_request()
    assert (of_objects.images_of, of_objects.fields_of) == ((), (SETTINGS,))
    container = {"workload": {**resource, "api_version": "apps/v1", "kind": "Deployment"}, "container": "web"}
    of_containers = AcceptRequest.model_validate({"containers": [container]}).to_request()
    assert (len(of_containers.images_of or ()), of_containers.fields_of) == (1, ())
    everything = AcceptRequest.model_validate({}).to_request()
    assert (everything.images_of, everything.fields_of) == (None, None)

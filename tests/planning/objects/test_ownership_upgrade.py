"""Our `Update` entries become part of our `Apply` entry, and nobody else's entry changes."""

from typing import Any

from services.planning.objects.ownership_upgrade import ownership_upgrade
from tests.support.objects import config_map

_THEIRS = {"manager": "kubectl", "operation": "Update", "apiVersion": "v1", "fieldsV1": {"f:data": {"f:t": {}}}}


def _ours(operation, fields, **more):
    return {"manager": "stagecoach", "operation": operation, "apiVersion": "v1", "fieldsV1": fields, **more}


def _entries(*entries):
    patch = ownership_upgrade(config_map(metadata={"resourceVersion": "7", "managedFields": list(entries)}))
    if not patch:
        return None
    test, replace = patch
    assert (test.op, test.path, test.value) == ("test", "/metadata/resourceVersion", "7")
    assert (replace.op, replace.path) == ("replace", "/metadata/managedFields")
    return replace.value


def test_without_an_update_of_ours_there_is_nothing_to_do():
    assert _entries(_THEIRS, _ours("Apply", {"f:data": {"f:a": {}}})) is None


def test_an_update_alone_becomes_an_apply():
    fields: dict[str, Any] = {"f:data": {".": {}, "f:a": {}}}
    assert _entries(_THEIRS, _ours("Update", fields)) == [_ours("Apply", fields), _THEIRS]


def test_an_update_is_merged_into_the_apply_and_a_field_that_is_owned_as_a_whole_stays_so():
    applied: dict[str, Any] = {"f:data": {"f:a": {}}, "f:spec": {"f:selector": {}}}
    updated: dict[str, Any] = {"f:data": {"f:b": {}}, "f:spec": {"f:selector": {"f:app": {}}}}
    merged: dict[str, Any] = {"f:data": {"f:a": {}, "f:b": {}}, "f:spec": {"f:selector": {".": {}, "f:app": {}}}}
    assert _entries(_ours("Apply", applied), _ours("Update", updated)) == [_ours("Apply", merged)]


def test_an_update_of_the_status_is_left_alone():
    assert _entries(_ours("Update", {"f:status": {"f:a": {}}}, subresource="status")) is None


def test_an_image_that_we_set_in_a_container_of_others_stays_an_update():
    image: dict[str, Any] = {"f:spec": {"f:containers": {'k:{"name":"proxy"}': {"f:image": {}}}}}
    name: dict[str, Any] = {"f:spec": {"f:containers": {'k:{"name":"proxy"}': {".": {}, "f:name": {}}}}}
    theirs = {**_THEIRS, "fieldsV1": name}
    assert _entries(theirs, _ours("Update", image)) is None
    assert _entries(theirs, _ours("Update", {**image, "f:data": {"f:b": {}}})) == [
        _ours("Apply", {"f:data": {"f:b": {}}}),
        theirs,
        _ours("Update", image),
    ]

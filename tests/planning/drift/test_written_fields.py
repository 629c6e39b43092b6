"""What Stagecoach wrote of an object, by what the server says is its own, and which of it is otherwise later."""

import base64
import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.declared_kinds import Declaration, DeclaredImage, ImageForm
from domain.divergences import DivergenceKind, FoundField
from domain.resources import Manifest, ResourceId
from services.planning.drift.field_trees import leaves_of, tree_of
from services.planning.drift.fields import by_kind, differing_fields, key_of
from services.planning.drift.normal_form import normal
from services.planning.drift.written import written_object
from tests.support.objects import PRINTS

PLACE = "place"
EARLY, LATE = "2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z"


def entry(fields: dict[str, Any], manager: str = "stagecoach", *, at: str = EARLY, **more: str) -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": "Apply" if manager == "stagecoach" else "Update",
        "time": at,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        **more,
    }


def deployment(**changes: Any) -> dict[str, Any]:
    """Web with a container of which Stagecoach wrote everything, and a sidecar that is somebody else's."""
    web = {
        "name": "web",
        "image": "shop/web:1",
        "args": ["serve", "--fast"],
        "env": [{"name": "MODE", "value": "fast"}, {"name": "LEVEL", "value": "2"}],
        "resources": {"limits": {"cpu": "1", "memory": "1Gi"}},
        "terminationMessagePath": "/dev/termination-log",
    }
    own_env: dict[str, Any] = {
        f'k:{{"name":"{name}"}}': {".": {}, "f:name": {}, "f:value": {}} for name in ("MODE", "LEVEL")
    }
    own = {
        "f:metadata": {"f:labels": {"f:app": {}}},
        "f:spec": {
            "f:replicas": {},
            "f:selector": {},
            "f:template": {
                "f:spec": {
                    "f:containers": {
                        'k:{"name":"web"}': {
                            ".": {},
                            "f:name": {},
                            "f:image": {},
                            "f:args": {},
                            "f:env": own_env,
                            "f:resources": {"f:limits": {"f:cpu": {}, "f:memory": {}}},
                        }
                    },
                    "f:securityContext": {},
                }
            },
        },
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "labels": {"app": "web", "team": "shop"},
            "managedFields": [entry(own), entry({"f:status": {"f:replicas": {}}}, "kcm", subresource="status")],
        },
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"spec": {"containers": [web, {"name": "mesh", "image": "mesh:1"}], "securityContext": {}}},
        },
        "status": {"replicas": 2},
        **changes,
    }


def container(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = body["spec"]["template"]["spec"]["containers"][0]
    return found


def config_map(kind: str = "ConfigMap", **data: str) -> dict[str, Any]:
    own = {"f:data": {f"f:{key}": {} for key in data}, "f:metadata": {"f:labels": {"f:app": {}}}}
    metadata = {"name": "settings", "labels": {"app": "web"}, "managedFields": [entry(own)]}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": data}


def written(body: dict[str, Any]) -> Any:
    return written_object(Manifest(body), PRINTS, place=PLACE).fields


def found(before: dict[str, Any], after: dict[str, Any] | None) -> tuple[FoundField, ...]:
    live = Manifest(after) if after is not None else None
    return differing_fields(live, written(before), PRINTS, place=PLACE)


def paths(before: dict[str, Any], after: dict[str, Any] | None) -> list[str]:
    return [each.path + (" gone" if each.removed else "") for each in found(before, after)]


def by(body: dict[str, Any], fields: dict[str, Any], manager: str = "kubectl-edit", **more: str) -> dict[str, Any]:
    """The object after another manager took these fields over."""
    body["metadata"]["managedFields"].append(entry(fields, manager, at=LATE, **more))
    return body


def test_what_others_and_the_server_wrote_and_images_are_not_recorded():
    names = {"/".join(path) for path, _ in leaves_of(written(deployment()))}
    web = 'f:spec/f:template/f:spec/f:containers/k:{"name":"web"}'
    assert f"{web}/f:args" in names
    assert f'{web}/f:env/k:{{"name":"MODE"}}/f:value' in names
    assert "f:metadata/f:labels/f:app" in names
    assert not [
        name
        for name in names
        if "mesh" in name or "f:image" in name or "f:status" in name or "f:team" in name or "termination" in name
    ]


def test_rows_hold_no_value_and_nothing_that_could_be_found_without_the_key():
    secret = config_map("Secret", password=base64.b64encode(b"hunter2").decode())
    stored = json.dumps(written(secret))
    assert "hunter2" not in stored
    assert base64.b64encode(b"hunter2").decode() not in stored
    assert [len(print_) for path, print_ in leaves_of(written(secret)) if path[0] == "f:data"] == [16]


def test_a_tree_is_what_it_was_made_of():
    leaves = dict(leaves_of(written(deployment())))
    assert dict(leaves_of(tree_of(leaves.items()))) == leaves


def test_an_object_as_it_was_written_differs_in_nothing():
    for body in (deployment(), config_map(a="1"), config_map("Secret", a="MQ==")):
        assert found(body, copy.deepcopy(body)) == ()


def test_a_changed_field_names_its_path_and_who_wrote_it_when():
    after = deployment()
    container(after)["resources"]["limits"]["cpu"] = "2"
    own = after["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]
    del own['k:{"name":"web"}']["f:resources"]["f:limits"]["f:cpu"]
    cpu: dict[str, Any] = {'k:{"name":"web"}': {"f:resources": {"f:limits": {"f:cpu": {}}}}}
    by(after, {"f:spec": {"f:template": {"f:spec": {"f:containers": cpu}}}})
    (one,) = found(deployment(), after)
    assert one.path == "spec.template.spec.containers[web].resources.limits.cpu"
    assert (one.removed, one.manager, one.written_at and one.written_at.isoformat()) == (
        False,
        "kubectl-edit",
        "2026-12-01T11:00:00+00:00",
    )


def test_a_field_that_stagecoach_changed_itself_has_no_writer():
    after = deployment()
    container(after)["args"] = ["serve"]
    (one,) = found(deployment(), after)
    assert (one.path, one.manager, one.written_at) == ("spec.template.spec.containers[web].args", None, None)


def test_the_order_of_list_items_and_what_others_add_are_no_drift():
    after = deployment()
    containers = after["spec"]["template"]["spec"]["containers"]
    containers.reverse()
    containers[1]["env"].reverse()
    containers[1]["env"].append({"name": "MORE", "value": "x"})
    after["metadata"]["labels"]["more"] = "x"
    after["spec"]["template"]["spec"]["securityContext"] = {"runAsUser": 1}
    assert found(deployment(), after) == ()


def test_what_is_taken_away_as_a_whole_is_told_once():
    after = deployment()
    del container(after)["resources"]
    container(after)["env"] = [each for each in container(after)["env"] if each["name"] != "MODE"]
    by(after, {"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"web"}': {"f:env": {}}}}}}})
    web = "spec.template.spec.containers[web]"
    assert paths(deployment(), after) == [f"{web}.env[MODE] gone", f"{web}.resources gone"]
    assert {each.manager for each in found(deployment(), after)} == {"kubectl-edit"}


def test_who_took_a_field_away_is_not_guessed_where_several_wrote():
    after = config_map(a="1")
    after["data"] = {}
    by(by(after, {"f:data": {}}), {"f:immutable": {}}, "helm")
    (one,) = found(config_map(a="1"), after)
    assert (one.path, one.removed, one.manager) == ("data.a", True, None)


def test_every_key_is_told_by_itself():
    before = config_map(a="1", b="2", **{"tls.crt": "3"})
    assert paths(before, config_map(a="1", b="9")) == ["data.b", "data[tls.crt] gone"]
    without = config_map()
    del without["data"]
    assert paths(before, without) == ["data.a gone", "data.b gone", "data[tls.crt] gone"]


def test_an_object_that_is_gone_is_told_once():
    assert found(config_map(a="1"), None) == (FoundField(path="", removed=True),)
    assert differing_fields(None, {}, PRINTS, place=PLACE) == ()


def test_replicas_that_an_autoscaler_or_kubectl_scale_wrote_are_no_drift_and_edited_ones_are():
    for more, expected in (({"subresource": "scale"}, []), ({}, ["spec.replicas"])):
        after = by(deployment(), {"f:spec": {"f:replicas": {}}}, "someone", **more)
        after["spec"]["replicas"] = 5
        del after["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:replicas"]
        assert paths(deployment(), after) == expected


def test_images_are_never_told_a_second_time():
    after = deployment()
    container(after)["image"] = "shop/web:2"
    assert found(deployment(), after) == ()
    own: dict[str, Any] = {"f:spec": {"f:image": {}, "f:version": {}, "f:size": {}}}
    before = {
        "apiVersion": "db.example/v1",
        "kind": "Database",
        "metadata": {"name": "db", "managedFields": [entry(own)]},
        "spec": {"image": "db:1", "version": "1", "size": 1},
    }
    after = copy.deepcopy(before) | {"spec": {"image": "db:2", "version": "2", "size": 2}}
    assert paths(before, after) == ["spec.size"]


def test_a_restart_by_kubectl_is_no_drift():
    before = deployment()
    before["spec"]["template"]["metadata"] = {"annotations": {"kubectl.kubernetes.io/restartedAt": "1", "a": "1"}}
    own = before["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:template"]
    own["f:metadata"] = {"f:annotations": {"f:kubectl.kubernetes.io/restartedAt": {}, "f:a": {}}}
    after = copy.deepcopy(before)
    after["spec"]["template"]["metadata"]["annotations"] = {"kubectl.kubernetes.io/restartedAt": "2", "a": "2"}
    assert paths(before, after) == ["spec.template.metadata.annotations.a"]


def test_an_atomic_map_is_drift_only_where_somebody_took_it_over():
    after = deployment()
    after["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    assert found(deployment(), after) == ()  # Stagecoach owns it alone
    del after["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:selector"]
    assert paths(deployment(), by(after, {"f:spec": {"f:selector": {}}})) == ["spec.selector"]


def test_fields_of_another_version_of_the_kind_are_not_recorded():
    body = config_map(a="1")
    body["metadata"]["managedFields"][0]["apiVersion"] = "v2"
    assert written(body) == {}


def test_keys_and_other_fields_of_a_config_map_are_two_kinds_of_drift():
    resource = ResourceId.of("v1", "ConfigMap", "settings")
    key, label = FoundField(path="data[tls.crt]"), FoundField(path="metadata.labels.app")
    assert dict(by_kind(resource, (key, label))) == {
        DivergenceKind.KEY_DRIFT: (key,),
        DivergenceKind.FIELD_DRIFT: (label,),
    }
    gone = FoundField(path="", removed=True)
    assert dict(by_kind(resource, (gone,))) == {DivergenceKind.KEY_DRIFT: (gone,)}
    other = ResourceId.of("apps/v1", "Deployment", "web")
    assert dict(by_kind(other, (gone,))) == {DivergenceKind.FIELD_DRIFT: (gone,)}
    assert [key_of(resource, path) for path in ("data.a", "data[a.b]", "binaryData.x", "metadata.name", "")] == [
        "a",
        "a.b",
        "x",
        None,
        None,
    ]


_NUMBERS = st.integers(min_value=0, max_value=10**9)


@settings(max_examples=60, deadline=None)
@given(_NUMBERS, st.sampled_from(["f:cpu", "f:memory", "f:example.com/gpu"]))
def test_spellings_of_a_quantity_are_one_value(number: int, name: str):
    path = ("f:spec", "f:resources", "f:limits", name)
    spellings = [str(number), f"{number * 1000}m", f"{number}.0", f"{number}000e-3"]
    assert len({normal(path, each) for each in (*spellings, number)}) == 1
    assert normal(path, str(number)) != normal(path, f"{number}k") or number == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=1, max_value=65535))
def test_a_port_in_digits_is_the_number_and_a_name_is_not(number: int):
    for name in ("f:port", "f:targetPort", "f:containerPort"):
        path = ("f:spec", "f:ports", "k:{}", name)
        assert normal(path, str(number)) == normal(path, number) == number
        assert normal(path, f"p{number}") == f"p{number}"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=8), st.text(max_size=8), st.sampled_from(["cpu", "port", "limits", "mode"]))
def test_keys_are_compared_as_they_are_written(one: str, other: str, key: str):
    assert bool(found(config_map(**{key: one}), config_map(**{key: other}))) == (one != other)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=6), st.text(max_size=4), max_size=5), st.data())
def test_exactly_the_keys_that_changed_or_went_are_told(data: dict[str, str], draw: st.DataObject):
    after = {
        key: draw.draw(st.one_of(st.just(value), st.text(max_size=4)))
        for key, value in data.items()
        if draw.draw(st.booleans())
    }
    resource = ResourceId.of("v1", "ConfigMap", "settings")
    told = {key_of(resource, each.path): each.removed for each in found(config_map(**data), config_map(**after))}
    assert told == {key: key not in after for key, value in data.items() if after.get(key) != value}


def test_images_of_a_declared_kind_are_no_fields_whatever_they_are_called():
    def front(tag: str, size: int) -> Manifest:
        fields: dict[str, Any] = {"f:spec": {"f:release": {}, "f:size": {}, "f:sides": {}}}
        own = {"manager": "stagecoach", "operation": "Apply", "fieldsV1": fields}
        spec = {"release": tag, "size": size, "sides": [{"name": "edge", "ref": f"shop/edge:{tag}"}]}
        metadata = {"name": "web", "managedFields": [own]}
        return Manifest({"apiVersion": "shop.example/v1", "kind": "Shopfront", "metadata": metadata, "spec": spec})

    declaration = Declaration(
        images=(
            DeclaredImage(path="spec.release", form=ImageForm.TAG, name="shop/search"),
            DeclaredImage(path="spec.sides[*].ref", form=ImageForm.REFERENCE),
        )
    )
    written = written_object(front("1", 3), PRINTS, place="place").fields
    found = differing_fields(front("2", 4), written, PRINTS, place="place", declaration=declaration)
    assert [each.path for each in found] == ["spec.size"]

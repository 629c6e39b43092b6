from domain.resources import Manifest
from services.planning.objects.manager_entries import applied_configuration, entries_of

_WEB = 'k:{"name":"web"}'
_FIELDS = {
    "f:metadata": {"f:labels": {"f:app": {}}, "f:finalizers": {".": {}, 'v:"b"': {}}},
    "f:spec": {
        "f:selector": {},
        "f:template": {
            "f:spec": {
                "f:containers": {
                    _WEB: {
                        ".": {},
                        "f:name": {},
                        "f:image": {},
                        "f:args": {},
                        "f:env": {'k:{"name":"A"}': {".": {}, "f:name": {}, "f:value": {}}, 'k:{"name":"Z"}': {}},
                        "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}},
                        "f:tty": {},
                    }
                }
            }
        },
    },
}
_LIVE = Manifest(
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "uid": "u",
            "resourceVersion": "7",
            "labels": {"app": "web", "added": "by-hand"},
            "finalizers": ["a", "b"],
            "managedFields": [
                {"manager": "kubelet", "operation": "Update", "subresource": "status", "fieldsV1": {"f:status": {}}},
                {"manager": "helm", "operation": "Apply", "apiVersion": "apps/v1", "fieldsV1": _FIELDS},
            ],
        },
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "spec": {
                    "restartPolicy": "Always",
                    "containers": [
                        {"name": "injected", "image": "mesh:1"},
                        {
                            "name": "web",
                            "image": "web:1",
                            "args": ["--z", "--a"],
                            "imagePullPolicy": "Always",
                            "env": [{"name": "Z", "value": "1"}, {"name": "A", "value": "2"}, {"name": "B"}],
                            "ports": [{"containerPort": 80, "protocol": "TCP"}],
                        },
                    ],
                }
            },
        },
        "status": {"replicas": 3},
    }
)


def test_the_configuration_of_a_manager_is_what_it_applied_in_the_objects_own_order():
    (entry,) = entries_of(_LIVE)
    assert applied_configuration(_LIVE, entry) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "uid": "u",
            "resourceVersion": "7",
            "labels": {"app": "web"},
            "finalizers": ["b"],
        },
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "spec": {
                    "containers": [
                        {
                            "name": "web",
                            "image": "web:1",
                            "args": ["--z", "--a"],
                            "env": [{"name": "Z", "value": "1"}, {"name": "A", "value": "2"}],
                            "ports": [{"containerPort": 80}],
                        }
                    ]
                }
            },
        },
    }


def test_entries_of_subresources_are_no_owners():
    assert [(each.manager, each.index) for each in entries_of(_LIVE)] == [("helm", 1)]


def test_an_entry_owns_the_fields_that_it_names_and_all_below_an_atomic_one():
    (entry,) = entries_of(_LIVE)
    container = ("f:spec", "f:template", "f:spec", "f:containers", _WEB)
    assert entry.owns((*container, "f:image"))
    assert entry.owns(("f:spec", "f:selector", "f:matchLabels"))
    assert not entry.owns((*container, "f:imagePullPolicy"))
    assert not entry.owns((*container[:-1], 'k:{"name":"injected"}', "f:image"))

"""A controller compares the text of the annotation: no IngressClass has to be there."""

from services.planning.objects.identity import ObjectKey
from tests.support.copy_plans import planned
from tests.support.field_inputs import named, objects_of
from tests.support.objects import obj

_ALL = objects_of("mc-03-ingress-class-by-annotation")
_DOOR, _SERVICE = named(_ALL, "Ingress door"), named(_ALL, "Service door")
_MESH = ObjectKey(group="networking.k8s.io", kind="IngressClass", name="mesh")


def _missing(ingress, *live):
    key = {ObjectKey.of(ingress), ObjectKey.of(_SERVICE), _MESH}
    plan = planned(ingress, _SERVICE, live=live, looked_for=frozenset(key))
    return [p for p in plan.all_problems if p.code == "missing-reference"]


def test_it_is_said_that_whether_a_controller_serves_it_is_not_known():
    (problem,) = _missing(_DOOR)
    assert problem.field == "metadata.annotations[kubernetes.io/ingress.class]"
    assert "names IngressClass mesh" in problem.detail
    assert "is not known" in problem.detail
    assert "ignored" not in problem.detail
    assert not problem.blocks


def test_nothing_is_said_where_the_class_is_there():
    mesh = obj("networking.k8s.io/v1", "IngressClass", "mesh")
    assert _missing(_DOOR, mesh) == []


def test_the_member_of_the_spec_still_needs_its_object():
    ingress = obj("networking.k8s.io/v1", "Ingress", "door", spec={**_DOOR.spec, "ingressClassName": "mesh"})
    (problem,) = _missing(ingress)
    assert problem.field == "spec.ingressClassName"
    assert "needs IngressClass mesh" in problem.detail

from domain.overrides import Overrides
from services.planning.copying.facts import NamespaceState
from services.planning.copying.plan import CopyPlan
from services.planning.tools.rows import Place, Tell, Treatment
from services.planning.tools.table import TABLE
from tests.support.copy_plans import codes, planned
from tests.support.objects import deployment, obj

_ENFORCE = "pod-security.kubernetes.io/enforce"
_CONSENT = "privileged-pods"
_ROWS = [row for row in TABLE if row.place is Place.NAMESPACE_LABEL]


def _plan(labels, *, name=(), allow=(), policy=(), annotations=None) -> CopyPlan:
    metadata = {"labels": labels, "annotations": annotations or {}}
    source = {"namespace_object": obj("v1", "Namespace", "shop-dev", metadata=metadata)}
    return planned(
        deployment(),
        source_facts={**source, "policy": frozenset(policy)},
        overrides=Overrides(namespace_labels=tuple(name), allow=tuple(allow)),
        namespace_state=NamespaceState.MISSING,
    )


def _labels(plan):
    return dict(plan.clusters[0].namespace_labels)


def _label(row):
    return row.name.replace("*", "x"), row.value or "y"


def test_a_label_by_which_meshes_and_pod_security_decide_is_carried_over_unasked():
    kept = dict(_label(row) for row in _ROWS if row.treatment is Treatment.KEEP and row.tell is None)
    assert _labels(_plan(kept)) == kept
    assert _labels(_plan({_ENFORCE: "baseline", "team": "a"})) == {_ENFORCE: "baseline"}


def test_a_label_that_lets_pods_be_privileged_is_left_out_and_told():
    plan = _plan({_ENFORCE: "privileged"})
    assert (_labels(plan), plan.blocked) == ({}, False)
    [problem] = [each for each in plan.all_problems if each.code == "danger-privileged-pods"]
    assert problem.consent == _CONSENT
    assert "does not get it" in problem.detail


def test_with_the_consent_of_an_administrator_it_is_carried_over_and_told():
    for given in ({"allow": [_CONSENT]}, {"policy": [_CONSENT]}):
        plan = _plan({_ENFORCE: "privileged"}, **given)
        assert _labels(plan) == {_ENFORCE: "privileged"}
        assert (codes(plan), plan.blocked) == (["danger-privileged-pods"], False)


def test_to_name_a_label_that_exempts_the_namespace_blocks_without_the_consent():
    for name, value in (_label(row) for row in _ROWS if row.tell is Tell.PRIVILEGED):
        refused = _plan({name: value}, name=[name])
        assert (refused.blocked, _labels(refused)) == (True, {}), name
        assert _labels(_plan({name: value}, name=[name], allow=[_CONSENT])) == {name: value}


def test_a_label_that_exempts_is_not_carried_over_unasked_and_nothing_is_said_of_it():
    plan = _plan({"admission.gatekeeper.sh/ignore": "yes"}, allow=[_CONSENT])
    assert (_labels(plan), codes(plan)) == ({}, [])


def test_a_label_that_ties_a_namespace_to_the_sources_project_cannot_be_named():
    for name, value in (_label(row) for row in _ROWS if row.treatment is Treatment.DROP):
        plan = _plan({name: value}, name=[name])
        assert plan.blocked, name
        [problem] = plan.problems
        assert problem.code == "override-without-resource"


def test_the_digest_names_the_labels_that_the_namespace_gets():
    plain, labelled = _plan({}), _plan({_ENFORCE: "baseline"})
    assert plain.digest != labelled.digest


def test_annotations_that_change_what_pods_are_are_told_in_one_sentence():
    rows = [row for row in TABLE if row.place is Place.NAMESPACE_ANNOTATION]
    plan = _plan({}, annotations={_label(row)[0]: "x" for row in rows} | {"openshift.io/description": "x"})
    [problem] = plan.all_problems
    assert (problem.code, problem.blocks) == ("namespace-annotations-lacking", False)
    assert [row.name for row in rows if _label(row)[0] not in problem.detail] == []
    assert "description" not in problem.detail

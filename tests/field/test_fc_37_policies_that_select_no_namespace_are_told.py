"""A policy that selects namespaces by labels which the target lacks lets nothing through, and the plan says so."""

from domain.overrides import Overrides
from services.planning.copying.facts import NamespaceState
from tests.support.copy_plans import actions, blocking, planned
from tests.support.field_inputs import named, objects_of
from tests.support.objects import deployment, obj

_ALL = objects_of("fc-37-network-policy-by-namespace-label", namespace="shop")
_ORIGIN = named(_ALL, "Namespace shop")
_POLICY, _EGRESS = named(_ALL, "NetworkPolicy from-own-namespace"), named(_ALL, "NetworkPolicy egress-db-and-dns")
_NAME = "kubernetes.io/metadata.name"


def _namespace(called, /, **labels):
    return obj("v1", "Namespace", called, metadata={"labels": {_NAME: called, **labels}})


def _planned(*manifests, namespaces=(), same_cluster=False, live=(), carry=(), state=NamespaceState.ACTIVE):
    # `planned` copies to a namespace that is called shop: the source is called shop-dev here.
    source = {"namespace": "shop-dev", "namespace_object": _in_source(_ORIGIN)}
    source |= {"cluster_id": "id-of-staging-1"} if same_cluster else {}
    moved = [_in_source(manifest) for manifest in manifests]
    overrides = Overrides(namespace_labels=tuple(carry))
    return planned(
        *moved,
        source_facts=source,
        namespaces=tuple(namespaces),
        live=live,
        overrides=overrides,
        namespace_state=state,
    )


def _in_source(manifest):
    return type(manifest)(_replaced(manifest.body))


def _replaced(node):
    if isinstance(node, dict):
        return {key: _replaced(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_replaced(item) for item in node]
    return "shop-dev" if node == "shop" else node


def _codes(plan):
    return [problem.code for problem in plan.all_problems]


def test_each_rule_that_lets_nothing_in_is_named_with_its_field():
    plan = _planned(_POLICY, namespaces=[_namespace("other")])
    found = {p.field: p.detail for p in plan.all_problems if p.code == "selects-no-namespace"}
    assert [*found] == [f"spec.ingress[0].from[{index}].namespaceSelector" for index in (0, 2)]
    assert "name=shop-dev" in found["spec.ingress[0].from[0].namespaceSelector"]
    assert "team In checkout, platform" in found["spec.ingress[0].from[2].namespaceSelector"]
    assert all("lets nothing in" in detail for detail in found.values())


def test_the_name_of_the_namespace_is_rewritten_and_that_is_told():
    plan = _planned(_POLICY)
    assert "namespace-selector-rewritten" in _codes(plan)
    (resource,) = plan.clusters[0].resources
    peers = resource.desired.spec["ingress"][0]["from"]
    assert peers[1]["namespaceSelector"]["matchLabels"] == {_NAME: "shop"}


def test_a_namespace_that_is_there_with_the_labels_is_no_reason_to_warn():
    labelled = _namespace("shop", name="shop-dev", team="checkout")
    assert "selects-no-namespace" not in _codes(_planned(_POLICY, namespaces=[labelled]))


def test_a_rule_that_selects_others_but_no_longer_its_own_namespace_is_told():
    plan = _planned(_POLICY, namespaces=[_namespace("tools", team="platform", name="shop-dev")])
    found = [p for p in plan.all_problems if p.code == "selects-other-namespaces"]
    assert [p.field for p in found] == [f"spec.ingress[0].from[{index}].namespaceSelector" for index in (0, 2)]
    assert "tools" in found[0].detail


def test_on_the_same_cluster_the_policy_that_reaches_the_source_is_told():
    origin = _in_source(_ORIGIN)
    plan = _planned(_POLICY, namespaces=[_namespace("shop-dev", **dict(origin.labels))], same_cluster=True)
    found = [p for p in plan.all_problems if p.code == "reaches-source"]
    assert [p.field for p in found] == [f"spec.ingress[0].from[{index}].namespaceSelector" for index in (0, 2)]
    assert "lets connections in from namespace shop-dev" in found[0].detail


def test_empty_selectors_survive_and_are_not_warned_of():
    plan = _planned(_EGRESS, namespaces=[_namespace("other")])
    assert _codes(plan) == ["address-ranges"]
    (resource,) = plan.clusters[0].resources
    assert resource.desired.spec["egress"][1]["to"][0]["namespaceSelector"] == {}


def test_a_second_import_is_unchanged_and_says_nothing():
    written = _planned(_POLICY, _EGRESS).clusters[0].resources
    plan = _planned(_POLICY, _EGRESS, live=[resource.desired for resource in written])
    assert set(actions(plan).values()) == {"unchanged"}
    assert _codes(plan) == []


def test_where_namespaces_cannot_be_read_nothing_is_claimed():
    plan = planned(_in_source(_POLICY), source_facts={"namespace": "shop-dev"}, namespaces=None)
    assert _codes(plan) == ["namespace-selector-rewritten"]


def test_an_affinity_to_pods_of_namespaces_by_label_is_checked_as_well():
    term = {"topologyKey": "kubernetes.io/hostname", "namespaceSelector": {"matchLabels": {"team": "checkout"}}}
    affinity = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    plan = _planned(deployment(pod={"affinity": affinity}), namespaces=[_namespace("other")])
    assert _codes(plan) == ["selects-no-namespace"]


def _new(*manifests, carry=(), others=None):
    """Into a namespace that the copy creates."""
    namespaces = others or (_namespace("other"),)
    return _planned(*manifests, namespaces=namespaces, carry=carry, state=NamespaceState.MISSING)


def test_for_a_new_namespace_the_labels_of_the_sources_are_offered():
    details = [p.detail for p in _new(_POLICY).all_problems if p.code == "selects-no-namespace"]
    assert all("`overrides.namespace_labels`" in detail for detail in details)
    assert [any(f"({name})" in detail for detail in details) for name in ("name", "team")] == [True, True]
    assert _new(_POLICY).clusters[0].namespace_labels == {}


def test_labels_that_the_request_names_are_carried_over_and_the_policy_selects_the_new_namespace():
    plan = _new(_POLICY, carry=("name", "team"), others=(_namespace("tools", team="checkout"),))
    assert plan.clusters[0].namespace_labels == {"name": "shop-dev", "team": "checkout"}
    assert not {"selects-no-namespace", "selects-other-namespaces"} & {*_codes(plan)}
    (said,) = [p for p in plan.all_problems if p.code == "namespace-labels-carried"]
    assert "name=shop-dev and team=checkout" in said.detail
    assert "as they do tools" in said.detail
    assert not plan.blocked


def test_the_labels_are_part_of_what_the_digest_names():
    assert _new(_POLICY, carry=("team",)).digest != _new(_POLICY).digest


def test_labels_that_the_sources_namespace_does_not_have_are_refused():
    for name in ("absent", _NAME):
        assert blocking(_new(_POLICY, carry=(name,))) == ["override-without-resource"]
    unread = planned(
        _in_source(_POLICY), source_facts={"namespace": "shop-dev"}, overrides=Overrides(namespace_labels=("team",))
    )
    assert "could not be read" in next(p.detail for p in unread.all_problems if p.blocks)


def test_a_namespace_that_is_there_keeps_its_labels_and_what_it_lacks_is_told():
    there = _namespace("shop", team="checkout")
    plan = _planned(_POLICY, namespaces=[there], carry=("name", "team"))
    (said,) = [p for p in plan.all_problems if p.code == "namespace-labels-lacking"]
    assert "lacks name=shop-dev:" in said.detail
    assert plan.clusters[0].namespace_object is None

"""Each stored form, written and read again, is the same value, by way of the text that a row holds."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.gates import Gate, GateKind
from domain.images import ContainerImage, Image, ImageChange, Omission
from domain.problems import Remedy
from domain.resources import Kind, Manifest, ResourceId
from domain.stored.brought import BroughtKeys
from domain.stored.pauses import StoredPause
from domain.stored.plans import LeftBehind, StoredCopyPlan, StoredImagePlan, StoredImages
from domain.stored.requests import (
    CopyRequest,
    DeployRequest,
    ImportSource,
    PromotionRequest,
    RollbackRequest,
    StoredOverrides,
)
from domain.stored.rollouts import ExpectedRollout, UndoImages
from domain.stored.versions import UnknownVersionError
from domain.words import Action, ImageConsent
from tests.support.specs import NO_OVERRIDES

_NAMES = st.text(min_size=1, max_size=8)
_KINDS = st.builds(Kind.of, st.sampled_from(["v1", "apps/v1", "batch/v1"]), st.sampled_from(["Deployment", "Secret"]))
_RESOURCES = st.builds(ResourceId, kind=_KINDS, name=_NAMES)
_DIGESTS = st.sampled_from([f"sha256:{letter * 64}" for letter in "ab"])
_REFERENCES = st.sampled_from(["shop/web:1", "registry.example:5000/web", f"web:2@sha256:{'c' * 64}", "no reference"])
_IMAGES = st.builds(Image.of, _REFERENCES, digest=st.none() | _DIGESTS)
_MANIFESTS = st.builds(Manifest, st.fixed_dictionaries({"kind": _NAMES, "data": st.dictionaries(_NAMES, _NAMES)}))

st.register_type_strategy(ResourceId, _RESOURCES)
st.register_type_strategy(Image, _IMAGES)
st.register_type_strategy(BroughtKeys, st.builds(BroughtKeys, values=st.just({})))
st.register_type_strategy(Remedy, st.builds(Remedy, request=st.dictionaries(_NAMES, st.lists(_NAMES, max_size=2))))

_CONTAINER_IMAGES = st.builds(ContainerImage)
_CHANGES = st.builds(ImageChange)
_BY_CLUSTER = st.dictionaries(_NAMES, st.lists(_CONTAINER_IMAGES, max_size=2).map(tuple), max_size=2)
_IMAGE_PLANS = st.builds(
    StoredImagePlan,
    clusters=st.dictionaries(_NAMES, st.builds(StoredImages), max_size=2),
    leaves=st.builds(LeftBehind, resources=st.none(), images=_BY_CLUSTER),
    brings=st.none(),
    brought_keys=st.dictionaries(_RESOURCES, st.lists(_NAMES, max_size=2).map(tuple), max_size=2),
)
_COPY_PLANS = st.builds(
    StoredCopyPlan,
    leaves=st.builds(LeftBehind, resources=st.lists(_RESOURCES, max_size=3).map(tuple), images=_BY_CLUSTER),
)
_BRINGING = st.tuples(_IMAGE_PLANS, _COPY_PLANS).map(
    lambda both: replace(both[0], brings=both[1], leaves=replace(both[0].leaves, resources=both[1].leaves.resources))
)
_COPY_REQUESTS = st.builds(CopyRequest, source=st.builds(ImportSource), manifests=st.just(())) | st.builds(
    CopyRequest, source=st.none(), manifests=st.lists(_MANIFESTS, max_size=2).map(tuple)
)
_UNDO = st.lists(
    st.builds(
        ImageChange,
        action=st.just(Action.UPDATE),
        before=_REFERENCES.map(Image.of),
        after=st.builds(Image.of, _REFERENCES),
    ),
    max_size=3,
).map(lambda changes: UndoImages(changes=tuple(changes)))
_TIMES = st.datetimes(timezones=st.just(UTC))
_ROLLOUTS = st.builds(ExpectedRollout, since=st.none() | _TIMES)
_GATES = st.builds(Gate, until=st.none() | _TIMES)

_FORMS: dict[str, st.SearchStrategy[Any]] = {
    "promotion request": st.builds(PromotionRequest),
    "rollback request": st.builds(RollbackRequest),
    "deploy request": st.builds(DeployRequest),
    "copy request": _COPY_REQUESTS,
    "image plan": _IMAGE_PLANS,
    "image plan that brings keys": _BRINGING,
    "copy plan": _COPY_PLANS,
    "undo": _UNDO,
    "pause": st.builds(StoredPause, at=_TIMES, gates=st.lists(_GATES, max_size=2).map(tuple)),
    "rollout": _ROLLOUTS,
}


@pytest.mark.parametrize("form", _FORMS)
def test_a_form_is_the_same_after_a_row_has_held_it(form):
    @given(_FORMS[form])
    def holds(value: Any) -> None:
        assert type(value).from_json(json.loads(json.dumps(value.to_json()))) == value

    holds()


@pytest.mark.parametrize("form", _FORMS)
def test_a_form_says_its_version_and_is_refused_in_a_later_one(form):
    @settings(max_examples=10)  # the version stands beside the value, whatever that is
    @given(_FORMS[form])
    def holds(value: Any) -> None:
        document = value.to_json()
        assert document["version"] == getattr(value, "version", value.VERSION)
        with pytest.raises(UnknownVersionError):
            type(value).from_json({**document, "version": value.VERSION + 1})

    holds()


_FORMER_CONSENTS = {ImageConsent.OWNED_UNTIL_NEXT_UPGRADE}


@pytest.mark.parametrize("consent", ImageConsent)
@pytest.mark.parametrize(
    "request_with",
    [
        lambda allow: PromotionRequest(source_environment="Staging", target_environment="Production", allow=allow),
        lambda allow: DeployRequest(image="shop/web:2", allow=allow),
        lambda allow: RollbackRequest(release=1, allow=allow),
    ],
    ids=["promotion", "deploy", "rollback"],
)
def test_a_request_with_a_consent_that_the_former_release_does_not_know_is_of_a_version_that_it_refuses(
    request_with, consent
):
    assert request_with((consent,)).to_json()["version"] == (1 if consent in _FORMER_CONSENTS else 2)


def test_a_promotion_that_leaves_something_out_is_of_a_version_that_the_former_release_refuses():
    omitted = Omission(workload=ResourceId.of("apps/v1", "Deployment", "web"))
    request = PromotionRequest(source_environment="Staging", target_environment="Production", leave_out=(omitted,))
    assert request.to_json()["version"] == 4
    assert PromotionRequest.from_json(json.loads(json.dumps(request.to_json()))) == request


@pytest.mark.parametrize(
    ("request_", "version"),
    [
        (PromotionRequest(source_environment="Staging", target_environment="Production", restart=True), 5),
        (DeployRequest(restart=True), 3),
    ],
)
def test_what_restarts_readers_is_of_a_version_that_the_former_release_refuses(request_, version):
    assert request_.to_json()["version"] == version
    assert type(request_).from_json(json.loads(json.dumps(request_.to_json()))) == request_


@pytest.mark.parametrize("kind", GateKind)
def test_a_pause_by_a_gate_that_the_former_release_does_not_know_is_of_a_version_that_it_refuses(kind):
    gate = Gate(kind=kind, id="1", reason="Ring 1 of 3 is done.", until=None, opened_by="a person")
    pause = StoredPause(at=datetime(2026, 12, 1, tzinfo=UTC), gates=(gate,))
    assert pause.to_json()["version"] == (2 if kind is GateKind.RING else 1)


@given(_CONTAINER_IMAGES)
def test_an_image_of_a_release_is_the_same_after_a_row_has_held_it(image):
    assert ContainerImage.from_json(json.loads(json.dumps(image.to_json()))) == image


@given(_CHANGES)
def test_a_change_that_is_undone_twice_is_the_change(change):
    assert change.reversed().reversed() == change


def test_names_of_labels_and_keys_are_stored_only_where_there_are_some():
    """A process of the former release reads no member that it does not know."""
    assert not {"leave_out", "namespace_labels", "only_keys"} & NO_OVERRIDES.to_json().keys()
    some = replace(
        NO_OVERRIDES, leave_out=("keel.sh/*",), namespace_labels=("team",), only_keys={"ConfigMap/web": ("A", "B")}
    )
    assert StoredOverrides.from_json(json.loads(json.dumps(some.to_json()))) == some

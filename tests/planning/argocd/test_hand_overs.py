"""What an override changes beside the containers that it is made for."""

from dataclasses import replace

import pytest

from domain.declared_kinds import Declaration, DeclaredImage, DeclaredKinds, ImageForm
from domain.resources import Manifest, ResourceId
from services.planning.argocd.hand_overs import hand_overs
from services.planning.images.hand_overs import Refusal
from services.planning.images.one_name import DeliveredWorkloads
from tests.support.argocd_manifests import HERE, application, asked, change, helm, kustomize
from tests.support.objects import deployment

WEB = "registry.example/shop/web"
WORKER = ResourceId.of("apps/v1", "Deployment", "worker")


def workload(name, image, *, namespace="n"):
    return deployment(name, {"containers": [{"name": "web", "image": image}]}, metadata={"namespace": namespace})


def listed(*workloads, unread=False):
    here = [each for each in workloads if each.namespace == "n"]
    elsewhere = [each for each in workloads if each.namespace != "n"]
    return DeliveredWorkloads(namespace="n", here=here, elsewhere=elsewhere, unread=unread)


def touches(manifest, *workloads):
    found = hand_overs(manifest, asked(change(f"{WEB}:1", f"{WEB}:2")), listed(*workloads))
    assert not isinstance(found, Refusal), found
    return next(iter(found.values())).touches


def test_other_containers_whose_image_has_the_name_are_told():
    manifest = application(kustomize())
    assert touches(manifest, workload("web", f"{WEB}:1"), workload("worker", f"{WEB}:1")) == (
        f"Deployment worker, container web, gets {WEB}:2, too, in place of {WEB}:1.",
    )


def test_of_other_namespaces_it_is_said_how_many_containers_change_and_not_which():
    others = (workload("secret", f"{WEB}:1", namespace="other"), workload("web", f"{WEB}:1", namespace="other"))
    assert touches(application(kustomize()), *others) == ("In other namespaces, containers that get it as well: 2.",)


def test_namespaces_that_may_not_be_read_are_said():
    found = hand_overs(application(kustomize()), asked(change(f"{WEB}:1", f"{WEB}:2")), listed(unread=True))
    assert not isinstance(found, Refusal)
    (told,) = next(iter(found.values())).touches
    assert told.startswith("What it delivers to other namespaces may not be read")


def test_what_has_the_image_already_or_another_name_is_not_told():
    others = (workload("worker", f"{WEB}:2"), workload("proxy", "registry.example/shop/proxy:1"))
    assert touches(application(kustomize()), *others) == ()


def test_what_an_override_renamed_is_found_by_the_name_that_it_has_now():
    manifest = application(kustomize(f"web={WEB}:1"))
    assert len(touches(manifest, workload("worker", f"{WEB}:1"))) == 1


def test_what_is_out_of_sync_is_told_because_the_sync_brings_it_too():
    resources = [
        {"kind": "ConfigMap", "name": "settings", "namespace": "n", "status": "OutOfSync"},
        {"kind": "Service", "name": "web", "namespace": "n", "status": "Synced"},
        {"kind": "Role", "name": "secret", "namespace": "other", "status": "OutOfSync"},
    ]
    manifest = application(kustomize(), status={"resources": resources})
    assert touches(manifest) == ("The sync also brings what is out of sync now: ConfigMap settings, 1 more.",)


def test_of_a_chart_it_is_said_that_nobody_knows_here():
    (told,) = touches(application(helm(valuesObject={"image": f"{WEB}:1"}), tools=("Helm",)))
    assert "the parameter image is not known here" in told


def test_containers_that_get_the_same_image_from_one_override_are_handed_over_together():
    both = (change(f"{WEB}:1", f"{WEB}:2"), change(f"{WEB}:1", f"{WEB}:2", workload=WORKER))
    found = hand_overs(application(kustomize()), asked(*both), HERE)
    assert not isinstance(found, Refusal)
    assert len({each.edits for each in found.values()}) == 1


def test_containers_that_share_an_override_cannot_get_different_images():
    both = (change(f"{WEB}:1", f"{WEB}:2"), change(f"{WEB}:1", f"{WEB}:3", workload=WORKER))
    found = hand_overs(application(kustomize()), asked(*both), HERE)
    assert isinstance(found, Refusal)
    assert found.code == "owner-images-differ"


FRONT = ResourceId.of("shop.example/v1", "Shopfront", "web")
PROXY = DeclaredImage(path="spec.proxy", form=ImageForm.REFERENCE)
LISTED = DeclaredImage(path="spec.containers[*].image", form=ImageForm.REFERENCE)


def of_declared(pointer: str, image: DeclaredImage = PROXY):
    one = change(f"{WEB}:1", f"{WEB}:2", container=image.path, workload=FRONT)
    return asked(replace(one, pointer=pointer, declared=Declaration(images=(image,))))


def test_an_entry_that_gives_a_declared_image_already_is_changed_wherever_the_object_has_it():
    found = hand_overs(application(kustomize(f"{WEB}:1")), of_declared("/spec/proxy"), HERE)
    assert not isinstance(found, Refusal)


@pytest.mark.parametrize("given", [(), (f"{WEB}:0",)])
def test_an_entry_that_does_not_give_a_declared_image_shows_nothing_outside_of_lists_of_containers(given):
    found = hand_overs(application(kustomize(*given)), of_declared("/spec/proxy"), HERE)
    assert isinstance(found, Refusal)
    assert found.code == "image-not-reached"


def test_a_value_of_a_chart_that_spells_a_declared_image_is_changed():
    chart = application(helm(valuesObject={"proxy": f"{WEB}:1"}), tools=("Helm",))
    assert not isinstance(hand_overs(chart, of_declared("/spec/proxy"), HERE), Refusal)


def test_objects_of_declared_kinds_whose_images_change_by_the_same_name_are_told():
    body = {"containers": [{"name": "web", "image": f"{WEB}:1"}], "proxy": f"{WEB}:1"}
    other = Manifest(
        {
            "apiVersion": "shop.example/v1",
            "kind": "Shopfront",
            "metadata": {"name": "other", "namespace": "n"},
            "spec": body,
        }
    )
    declared = DeclaredKinds(by_kind={("shop.example", "Shopfront"): Declaration(images=(LISTED, PROXY))})
    found = hand_overs(
        application(kustomize()),
        of_declared("/spec/containers/0/image", LISTED),
        replace(listed(other), declared=declared),
    )
    assert not isinstance(found, Refusal)
    (told,) = next(iter(found.values())).touches
    assert told.startswith("Shopfront other, container spec.containers[web].image, gets")

"""What may be declared, and what a trial says of an object."""

import pytest

from domain.declared_kinds import Declaration, DeclaredHealth, DeclaredImage, ImageForm
from domain.resources import Kind, Manifest
from services.planning.health.values import HealthState
from services.planning.objects.declaring import DeclarationError, check_declaration, try_declaration

SHOPFRONT = Kind(group="shop.example", version="", name="Shopfront")
BODY = {
    "apiVersion": "shop.example/v1",
    "kind": "Shopfront",
    "metadata": {"name": "web"},
    "spec": {"image": "shop/web:1", "port": 80, "bad": "Not An Image"},
    "status": {"conditions": [{"type": "Up", "status": "True"}]},
}


def declaring(*paths: str, ready: str | None = None) -> Declaration:
    return Declaration(
        images=tuple(DeclaredImage(path=each, form=ImageForm.REFERENCE) for each in paths),
        health=DeclaredHealth(ready=ready),
    )


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("apps", "Deployment"),
        ("", "Secret"),
        ("argoproj.io", "Rollout"),
        ("flagger.app", "Canary"),
        ("apps.openshift.io", "DeploymentConfig"),
    ],
)
def test_a_kind_that_is_known_by_itself_cannot_be_declared(group, kind):
    with pytest.raises(DeclarationError, match="by itself"):
        check_declaration(Kind(group=group, version="", name=kind), declaring("spec.image"))


@pytest.mark.parametrize("path", ["metadata.name", "status.image", "spec", "kind"])
def test_an_image_is_declared_below_spec(path):
    with pytest.raises(DeclarationError) as refused:
        check_declaration(SHOPFRONT, declaring(path))
    assert refused.value.field == "images[0].path"


def test_no_path_is_declared_twice():
    with pytest.raises(DeclarationError, match="twice"):
        check_declaration(SHOPFRONT, declaring("spec.image", "spec.image"))


def test_the_image_of_a_tag_is_named_without_one():
    tagged = DeclaredImage(path="spec.version", form=ImageForm.TAG, name="shop/web:1")
    with pytest.raises(DeclarationError) as refused:
        check_declaration(SHOPFRONT, Declaration(images=(tagged,)))
    assert refused.value.field == "images[0].name"


def test_a_trial_shows_the_images_and_the_health():
    trial = try_declaration(Manifest(BODY), declaring("spec.image", ready="Up"))
    assert [(each.found, each.problem) for each in trial.images] == [((("spec.image", "shop/web:1"),), None)]
    assert trial.health.state is HealthState.READY


@pytest.mark.parametrize(
    ("path", "said"), [("spec.nothing", "nothing at this path"), ("spec.port", "a text"), ("spec.bad", "no image")]
)
def test_a_trial_says_why_a_path_finds_no_image(path, said):
    [tried] = try_declaration(Manifest(BODY), declaring(path)).images
    assert said in (tried.problem or "")

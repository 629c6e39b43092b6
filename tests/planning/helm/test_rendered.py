"""What a release renders, and in what two renders differ."""

from domain.declared_kinds import Declaration, DeclaredImage, DeclaredKinds, ImageForm
from services.planning.helm.records import Hook, Revision
from services.planning.helm.rendered import has_same_objects, has_valid_labels, hooks_that_run, other_changes, rendered

WEB = ("apps", "Deployment", "web", "web")


def deployment(image: str, name: str = "web", *, replicas: int = 1, label: str = "web") -> str:
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, labels: {{version: "{label}"}}}}
spec:
  replicas: {replicas}
  template: {{spec: {{containers: [{{name: web, image: "{image}"}}]}}}}
"""


def revision(*documents: str, hooks: tuple[Hook, ...] = ()) -> Revision:
    return Revision(
        number=1,
        status="deployed",
        operation=None,
        chart={},
        config={},
        manifest="---\n".join(documents),
        hooks=hooks,
    )


def hook(*events: str) -> Hook:
    manifest = deployment("shop/migrate:1", "migrate").replace("Deployment", "StatefulSet")
    return Hook(kind="StatefulSet", name="migrate", manifest=manifest, events=events)


def test_images_are_those_of_the_workloads():
    found = rendered(revision(deployment("shop/web:1"), "{apiVersion: v1, kind: Service, metadata: {name: web}}"))
    assert found.images == {WEB: "shop/web:1"}


def test_images_that_are_not_asked_for_are_told():
    before, after = (rendered(revision(deployment("shop/web:1"), deployment(one, "worker"))) for one in ("a:1", "a:2"))
    assert other_changes(before, after, [WEB]) == ("Deployment worker, container web, gets a:2 in place of a:1.",)


def test_objects_that_change_beside_their_images_are_told_and_not_quoted():
    before, after = (rendered(revision(deployment("shop/web:1", replicas=n))) for n in (1, 2))
    assert other_changes(before, after, [WEB]) == ("Deployment web changes, too.",)


def test_a_render_that_differs_in_the_wanted_image_alone_changes_nothing_else():
    before, after = (rendered(revision(deployment(one))) for one in ("shop/web:1", "shop/web:2"))
    assert other_changes(before, after, [WEB]) == ()


def test_hooks_of_upgrades_run_and_those_of_installs_do_not():
    found = rendered(revision(deployment("shop/web:1"), hooks=(hook("pre-upgrade"), hook("pre-install"))))
    assert hooks_that_run(found) == ("StatefulSet migrate runs as a hook of the upgrade with shop/migrate:1.",)


def test_an_upgrade_that_would_make_or_delete_an_object_is_seen():
    one = rendered(revision(deployment("shop/web:1")))
    two = rendered(revision(deployment("shop/web:1"), deployment("shop/web:1", "worker")))
    assert not has_same_objects(one, two)


def test_a_label_that_no_cluster_would_take_is_seen():
    assert has_valid_labels(rendered(revision(deployment("shop/web:1", label="1.2.3"))))
    assert not has_valid_labels(rendered(revision(deployment("shop/web:1", label="1@sha256:abc"))))


def test_what_a_release_renders_is_not_shown_by_its_repr():
    assert "shop/web" not in repr(rendered(revision(deployment("shop/web:1"))))


FRONT = "{apiVersion: shop.example/v1, kind: Shopfront, metadata: {name: web}, spec: {proxy: 'PROXY', size: SIZE}}"
DECLARED = DeclaredKinds(
    by_kind={
        ("shop.example", "Shopfront"): Declaration(images=(DeclaredImage(path="spec.proxy", form=ImageForm.REFERENCE),))
    }
)
AT = ("shop.example", "Shopfront", "web", "spec.proxy")


def front(proxy: str, size: int = 1):
    return rendered(revision(FRONT.replace("PROXY", proxy).replace("SIZE", str(size))), DECLARED)


def test_images_of_declared_kinds_are_found_by_their_paths():
    assert front("shop/proxy:1").images == {AT: "shop/proxy:1"}


def test_of_objects_of_declared_kinds_it_is_told_what_changes_beside_the_wanted_images():
    assert other_changes(front("shop/proxy:1"), front("shop/proxy:2"), [AT]) == ()
    assert other_changes(front("shop/proxy:1"), front("shop/proxy:2", size=2), [AT]) == ("Shopfront web changes, too.",)

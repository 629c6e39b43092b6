"""Pushed images, image policies and deploy modes over the API."""

import asyncio

import pytest

from db.image_pushes import NewImagePush
from db.records.images import RunningImageRecord
from domain.resources import ResourceId
from domain.words import ImagePushOrigin
from tests.support.actors import ANN
from tests.support.eventually import eventually
from tests.support.promotion_stage import plain

SHOP = "/api/v1/applications/shop/environments/Development"
WEB = "registry.example/shop/web"
DIGEST = "sha256:" + "1" * 64


@pytest.fixture
async def adopted(operator, environments):
    """The example application in Development; its container web runs an image of `WEB`."""
    await operator.post("/api/v1/applications", json={"name": "shop"})
    answer = await operator.post(f"{SHOP}/adopt", json={"namespace": "shop"})
    assert answer.status_code == 200, answer.text


async def pushed(database, *tags, digest=DIGEST):
    async with database.begin() as tx:
        await tx.image_pushes.add(
            [NewImagePush(repository=WEB, tag=tag, digest=digest, origin=ImagePushOrigin.WEBHOOK) for tag in tags]
        )


async def decided(client, count):
    async with asyncio.timeout(90):
        while True:
            items = (await client.get(f"{SHOP}/images")).json()["items"]
            if sum(each["verdict"] is not None for each in items) == count:
                return items
            await asyncio.sleep(0.05)


async def test_image_pushes_are_listed_with_their_verdicts(operator, viewer, database, adopted):
    rule = {"match": {"container": "web"}, "deny": ["*-rc*"]}
    assert (await operator.put(f"{SHOP}/image-policies", json={"rules": [rule]})).status_code == 200
    await pushed(database, "9.0.0-rc1", "9.0.0")
    items = await decided(viewer, 2)
    assert [(each["tag"], each["verdict"], each["rule"], each["offered"]) for each in items] == [
        ("9.0.0", "offered", None, True),
        ("9.0.0-rc1", "refused", "deny", False),
    ]
    assert items[0]["containers"][0]["container"] == "web"


async def test_a_page_of_images_leads_to_the_next(viewer, database, adopted):
    await pushed(database, "9.0.0", "9.1.0", "9.2.0")
    await decided(viewer, 3)
    first = (await viewer.get(f"{SHOP}/images?limit=2")).json()
    second = (await viewer.get(f"{SHOP}/images", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [each["tag"] for each in first["items"] + second["items"]] == ["9.2.0", "9.1.0", "9.0.0"]
    assert second["next_cursor"] is None


async def test_a_tag_that_does_not_run_is_explained(viewer, database, adopted):
    await pushed(database, "9.0.0")
    await decided(viewer, 1)
    held = (await viewer.get(f"{SHOP}/images/9.0.0")).json()
    never = (await viewer.get(f"{SHOP}/images/9.9.9", params={"repository": WEB})).json()
    assert (held["code"], held["image"]["digest"]) == ("held", DIGEST)
    assert (never["code"], never["image"]) == ("no-event", None)


async def test_each_image_of_a_moved_tag_has_its_own_explanation(viewer, database, adopted):
    moved, never = "sha256:" + "2" * 64, "sha256:" + "3" * 64
    await pushed(database, "9.0.0")
    await decided(viewer, 1)
    await pushed(database, "9.0.0", digest=moved)
    await decided(viewer, 2)
    found = {}
    for digest in (DIGEST, moved, never):
        answer = (await viewer.get(f"{SHOP}/images/9.0.0", params={"digest": digest})).json()
        found[digest] = (answer["code"], answer["image"]["digest"] if answer["image"] else None)
    assert found == {DIGEST: ("superseded", DIGEST), moved: ("held", moved), never: ("no-event", None)}


async def test_an_invalid_digest_is_refused(viewer, adopted):
    answer = await viewer.get(f"{SHOP}/images/9.0.0", params={"digest": "sha256:12"})
    assert (answer.status_code, answer.json()["field"]) == (422, "query.digest")


async def test_policies_are_read_in_the_form_that_writes_them(operator, viewer, adopted):
    rule = {"select": {"kind": "regex", "pattern": "build-([0-9]+)"}, "newest_by": "capture"}
    written = (await operator.put(f"{SHOP}/image-policies", json={"rules": [rule]})).json()
    assert (await viewer.get(f"{SHOP}/image-policies")).json() == written
    select = {"kind": "regex", "pattern": written["rules"][0]["select"]["pattern"]}
    again = {"rules": [{**written["rules"][0], "select": select}]}
    assert (await operator.put(f"{SHOP}/image-policies", json=again)).json() == written


async def test_invalid_policies_are_refused_with_their_field(operator, adopted):
    rule = {"select": {"kind": "regex", "pattern": "("}}
    answer = await operator.put(f"{SHOP}/image-policies", json={"rules": [rule]})
    assert (answer.status_code, answer.json()["field"]) == (422, "body.rules[0].select.pattern")


async def test_policies_are_previewed_on_known_and_on_supposed_tags(operator, database, adopted):
    await pushed(database, "9.0.0")
    await decided(operator, 1)
    body = {"rules": [{"select": {"kind": "semver", "range": "^9"}}], "tags": ["10.0.0", "9.1.0"]}
    found = (await operator.post(f"{SHOP}/image-policies/preview", json=body)).json()["containers"]
    web = next(each for each in found if each["container"] == "web")
    assert {each["tag"]: each["taken"] for each in web["tags"]} == {"9.0.0": True, "9.1.0": True, "10.0.0": False}
    assert web["chosen"] == "9.1.0"


async def test_a_deploy_mode_is_previewed_with_what_it_would_start(operator, database, adopted):
    await pushed(database, "9.0.0")
    await decided(operator, 1)
    found = (await operator.post(f"{SHOP}/deploy-mode/preview", json={"deploy_mode": "auto"})).json()
    assert [each["tag"] for each in found["next"]] == ["9.0.0"]
    assert "9.0.0" in found["sentence"]


async def test_an_image_is_deployed_to_every_container_that_runs_its_repository(operator, database, adopted):
    await pushed(database, "9.0.0")
    await decided(operator, 1)
    preview = (await operator.post(f"{SHOP}/deploy/preview", json={"image": f"{WEB}:9.0.0"})).json()
    changed = [change for change in preview["clusters"][0]["changes"] if change["action"] == "update"]
    assert {change["after"]["reference"] for change in changed} == {f"{WEB}:9.0.0@{DIGEST}"}


@pytest.mark.parametrize("body", [{}, {"image": f"{WEB}:1", "images": []}, {"image": "registry.example/nobody/runs:1"}])
async def test_an_image_that_cannot_be_deployed_is_refused(operator, adopted, body):
    assert (await operator.post(f"{SHOP}/deploy", json=body)).status_code == 422


async def test_what_others_change_on_a_cluster_is_in_the_index_of_running_images(service, sandbox, database, adopted):
    places = await service.container.applications.environments("shop", actor=ANN)
    place = str(places[0].id)
    stale = RunningImageRecord(
        app_environment_id=place,
        resource=ResourceId.of("apps/v1", "Deployment", "gone"),
        container="gone",
        init=False,
        repository="registry.example/shop/gone",
        reference="registry.example/shop/gone:1",
    )
    async with database.begin() as tx:
        await tx.running_images.put(place, [stale])
    # As somebody with kubectl would.
    cluster = sandbox.cluster("dev-1")
    body = plain(cluster.get("deployments", "web", "shop"))
    body["spec"]["template"]["spec"]["containers"][0]["image"] = f"{WEB}:1.2.4"
    cluster.update(body, manager="kubectl")

    async def indexed():
        async with database.read() as tx:
            rows = await tx.running_images.of(place)
        found = {row.container: row.reference for row in rows}
        return found if found.get("web", "").startswith(f"{WEB}:1.2.4") else None

    assert "gone" not in await eventually(indexed)

"""Receivers over HTTP: create, rotate the secret, report, read deliveries."""

import asyncio
import hashlib
import hmac
import json

import httpx
import pytest

from tests.support.service import Json

IMAGE = "registry.example.com/shop/web:1.4.2"
DIGEST = "sha256:" + "7e" * 32
ADDRESS = "/api/v1/receivers"


@pytest.fixture
async def receiver(admin: httpx.AsyncClient) -> dict[str, str]:
    answer = await admin.post(ADDRESS, json={"name": "CI", "provider": "ci"})
    assert answer.status_code == 201, answer.text
    created: dict[str, str] = answer.json()
    return created


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def report(client: httpx.AsyncClient, receiver, *, image: str = IMAGE, secret: str | None = None, **more):
    body = {"image": image, **more}
    return await client.post(f"/webhooks/{receiver['id']}", json=body, headers=bearer(secret or receiver["secret"]))


async def deliveries(viewer: httpx.AsyncClient, receiver, **query) -> list[Json]:
    answer = await viewer.get(f"{ADDRESS}/{receiver['id']}/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


async def test_a_report_is_stored_with_what_it_brought(anonymous, viewer, receiver):
    answer = await report(anonymous, receiver, image=f"{IMAGE}@{DIGEST}")
    assert answer.status_code == 202, answer.text
    assert answer.json()["fate"] == "accepted"
    assert answer.json()["images"] == [IMAGE]
    (delivery,) = await deliveries(viewer, receiver)
    assert delivery["id"] == answer.json()["delivery"]
    assert delivery["events"] == [{"image": IMAGE, "digest": DIGEST, "ignored": None, "reason": None}]
    assert len(delivery["image_pushes"]) == 1


async def test_a_secret_is_shown_once(admin, receiver):
    secret = receiver["secret"]
    answers = [await admin.get(ADDRESS), await admin.get(f"{ADDRESS}/{receiver['id']}")]
    answers.append(await admin.patch(f"{ADDRESS}/{receiver['id']}", json={"name": "other"}))
    assert [secret in answer.text for answer in answers] == [False] * 3


async def test_a_report_with_a_wrong_secret_is_rejected(anonymous, viewer, receiver):
    answer = await report(anonymous, receiver, secret="guessed")
    assert answer.status_code == 401
    assert answer.json()["code"] == "proof-refused"
    (delivery,) = await deliveries(viewer, receiver)
    assert delivery["fate"] == "rejected"
    assert not delivery["kept"]
    assert delivery["events"] == []
    assert delivery["image_pushes"] == []


async def test_while_a_secret_is_replaced_both_are_accepted(admin, anonymous, receiver):
    answer = await admin.post(f"{ADDRESS}/{receiver['id']}/rotate", json={"keep_former_seconds": 600})
    assert answer.status_code == 200, answer.text
    new = answer.json()["secret"]
    assert answer.json()["former_until"] is not None
    assert new != receiver["secret"]
    former = await report(anonymous, receiver, image="r.example/a:1")
    current = await report(anonymous, receiver, image="r.example/a:2", secret=new)
    assert [former.status_code, current.status_code] == [202, 202]


async def test_a_secret_that_was_replaced_at_once_is_refused(admin, anonymous, receiver):
    await admin.post(f"{ADDRESS}/{receiver['id']}/rotate", json={"keep_former_seconds": 0})
    assert (await report(anonymous, receiver)).status_code == 401


async def test_the_same_delivery_twice_is_stored_once(anonymous, viewer, receiver):
    first = await report(anonymous, receiver, id="push-17")
    again = await report(anonymous, receiver, id="push-17")
    assert [first.json()["fate"], again.json()["fate"]] == ["accepted", "repeated"]
    found = await deliveries(viewer, receiver)
    assert sum(len(each["image_pushes"]) for each in found) == 1


async def test_the_same_delivery_many_times_at_once_is_stored_once(anonymous, viewer, receiver):
    answers = await asyncio.gather(*(report(anonymous, receiver, id="push-17") for _ in range(12)))
    assert sorted(answer.json()["fate"] for answer in answers) == ["accepted", *["repeated"] * 11]
    found = await deliveries(viewer, receiver)
    assert sum(len(each["image_pushes"]) for each in found) == 1


async def test_any_text_is_accepted_or_refused(anonymous, operator, receiver):
    odd = [
        b'{"image": "\\ud800", "id": "\\ud800"}',
        b'{"image": "r.example/a:1", "id": "\\ud800\\u0000"}',
        b"\x00",
        b"\xff",
    ]
    for body in odd:
        answer = await anonymous.post(f"/webhooks/{receiver['id']}", content=body, headers=bearer(receiver["secret"]))
        assert answer.status_code in {202, 422}, answer.text
    for body in (
        b'{"body": "\\ud800"}',
        b'{"body": "{}", "headers": {"\\ud800": "\\ud800"}}',
        b'{"delivery": "\\u0000"}',
    ):
        headers = {"Content-Type": "application/json"}
        answer = await operator.post(f"{ADDRESS}/{receiver['id']}/test", content=body, headers=headers)
        assert answer.status_code in {404, 422}, answer.text


async def test_the_same_image_reported_again_a_moment_later_becomes_one_push(anonymous, viewer, receiver):
    first = await report(anonymous, receiver, image=f"{IMAGE}@{DIGEST}")
    again = await report(anonymous, receiver, image=f"{IMAGE}@{DIGEST}")
    assert [first.json()["fate"], again.json()["fate"]] == ["accepted", "repeated"]


async def test_a_tag_that_was_moved_is_pushed_again(anonymous, receiver):
    first = await report(anonymous, receiver, image=f"{IMAGE}@{DIGEST}")
    moved = await report(anonymous, receiver, image=f"{IMAGE}@sha256:{'11' * 32}")
    assert [first.json()["fate"], moved.json()["fate"]] == ["accepted", "accepted"]


async def test_an_id_of_another_receiver_is_no_repetition(admin, anonymous, receiver):
    other = (await admin.post(ADDRESS, json={"name": "CI 2", "provider": "ci"})).json()
    await report(anonymous, receiver, id="1")
    assert (await report(anonymous, other, image="r.example/other:1", id="1")).json()["fate"] == "accepted"


async def test_a_report_to_an_unknown_receiver_is_a_404(anonymous):
    for address in ("A" * 32, "nowhere", "%00" * 24):
        assert (await anonymous.post(f"/webhooks/{address}", json={})).status_code == 404


async def test_a_huge_report_is_refused_and_not_kept(anonymous, viewer, receiver):
    padding = "x" * (1024 * 1024)
    answer = await anonymous.post(
        f"/webhooks/{receiver['id']}", json={"image": IMAGE, "padding": padding}, headers=bearer(receiver["secret"])
    )
    assert answer.status_code == 413
    assert await deliveries(viewer, receiver) == []


async def test_an_unreadable_delivery_is_stored_with_the_reason(anonymous, operator, receiver):
    answer = await anonymous.post(f"/webhooks/{receiver['id']}", content=b"no json", headers=bearer(receiver["secret"]))
    assert answer.status_code == 422
    (delivery,) = await deliveries(operator, receiver, fate="unreadable")
    detail = (await operator.get(f"{ADDRESS}/{receiver['id']}/deliveries/{delivery['id']}")).json()
    assert detail["body"] == "no json"
    assert detail["reason"]


async def test_an_insistent_provider_gets_202_for_an_unreadable_delivery(admin, anonymous):
    created = (await admin.post(ADDRESS, json={"name": "registry", "provider": "distribution"})).json()
    answer = await anonymous.post(f"/webhooks/{created['id']}", content=b"{}", headers=bearer(created["secret"]))
    assert answer.status_code == 202
    assert answer.json()["fate"] == "unreadable"


async def test_event_grid_is_answered_before_it_delivers(admin, anonymous, viewer, receiver):
    created = (await admin.post(ADDRESS, json={"name": "azure", "provider": "acr"})).json()
    address, asking = f"/webhooks/{created['id']}", {"WebHook-Request-Origin": "eventgrid.azure.net"}
    type_ = "Microsoft.EventGrid.SubscriptionValidationEvent"
    validation = [{"id": "1", "eventType": type_, "data": {"validationCode": "512d38b6-c7b8"}}]
    answer = await anonymous.post(address, json=validation, headers=bearer(created["secret"]))
    assert (answer.status_code, answer.json()) == (200, {"validationResponse": "512d38b6-c7b8"})
    assert (await anonymous.post(address, json=validation)).status_code == 401
    (kept,) = [each for each in await deliveries(viewer, created) if each["fate"] != "rejected"]
    assert (kept["fate"], kept["code"]) == ("confirmed", "handshake")
    allowed = await anonymous.options(address, headers=asking)
    assert (allowed.status_code, allowed.headers["WebHook-Allowed-Origin"]) == (200, "eventgrid.azure.net")
    assert (await anonymous.options(address)).status_code == 405
    assert (await anonymous.options(f"/webhooks/{receiver['id']}", headers=asking)).status_code == 405


async def test_a_sender_over_the_rate_gets_retry_after(service, anonymous, viewer, receiver, monkeypatch):
    monkeypatch.setattr(service.container.receiving._flood, "_burst", 3)
    monkeypatch.setattr(service.container.receiving._flood, "_per_second", 0.1)
    answers = [await report(anonymous, receiver, image=f"r.example/a:{number}") for number in range(5)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 10
    assert len(await deliveries(viewer, receiver)) == 3


async def test_unproved_deliveries_do_not_use_up_the_registrys_rate(service, anonymous, receiver, monkeypatch):
    monkeypatch.setattr(service.container.receiving._flood, "_burst", 2)
    for _ in range(5):
        await report(anonymous, receiver, secret="guessed")
    assert (await report(anonymous, receiver)).status_code == 202


async def test_a_provider_without_proof_has_the_secret_in_the_address(admin, anonymous):
    created = (await admin.post(ADDRESS, json={"name": "hub", "provider": "docker-hub"})).json()
    assert created["full_address"] == f"{created['address']}?key={created['secret']}"
    assert created["weak"]
    assert any(created["full_address"] in step for step in created["setup"])
    body = {"push_data": {"tag": "1.4.2"}, "repository": {"repo_name": "example/shop-web"}}
    assert (await anonymous.post(created["address"], json=body)).status_code == 401
    answer = await anonymous.post(created["full_address"], json=body)
    assert answer.json()["images"] == ["docker.io/example/shop-web:1.4.2"]


async def test_a_signed_report_has_to_be_signed(admin, anonymous):
    settings = {"signed": True}
    created = (await admin.post(ADDRESS, json={"name": "ci", "provider": "ci", "settings": settings})).json()
    body = json.dumps({"image": IMAGE}).encode()
    signature = hmac.new(created["secret"].encode(), body, hashlib.sha256).hexdigest()
    plain = await anonymous.post(f"/webhooks/{created['id']}", content=body, headers=bearer(created["secret"]))
    signed = await anonymous.post(
        f"/webhooks/{created['id']}",
        content=body,
        headers={"X-Stagecoach-Signature-256": f"sha256={signature}"},
    )
    assert [plain.status_code, signed.status_code] == [401, 202]


async def test_settings_that_a_provider_does_not_use_are_refused(admin):
    body = {"name": "hub", "provider": "docker-hub", "settings": {"topics": []}}
    assert (await admin.post(ADDRESS, json=body)).status_code == 201
    body = {"name": "hub 2", "provider": "docker-hub", "settings": {"signed": True}}
    answer = await admin.post(ADDRESS, json=body)
    assert answer.status_code == 422
    assert answer.json()["field"] == "settings.signed"


async def test_a_receivers_name_is_unique(admin, receiver):
    answer = await admin.post(ADDRESS, json={"name": "ci", "provider": "ci"})
    assert answer.status_code == 409
    assert answer.json()["code"] == "name-taken"


async def test_a_deleted_receiver_accepts_nothing(admin, anonymous, receiver):
    assert (await admin.delete(f"{ADDRESS}/{receiver['id']}")).status_code == 204
    assert (await report(anonymous, receiver)).status_code == 404


async def test_a_receiver_counts_its_deliveries(admin, anonymous, viewer, receiver):
    await report(anonymous, receiver)
    await report(anonymous, receiver, secret="guessed")
    found = (await viewer.get(f"{ADDRESS}/{receiver['id']}")).json()
    assert found["deliveries_24h"] == {
        "accepted": 1,
        "ignored": 0,
        "repeated": 0,
        "unmatched": 0,
        "confirmed": 0,
        "unreadable": 0,
        "rejected": 1,
    }
    assert (found["last_delivery_at"] is not None, found["last_delivery_fate"]) == (True, "rejected")


async def test_the_list_of_receivers_has_the_fate_of_each_last_delivery(admin, anonymous, viewer, receiver):
    await admin.post(ADDRESS, json={"name": "quiet", "provider": "ci"})
    await report(anonymous, receiver)
    items = (await viewer.get(ADDRESS)).json()["items"]
    assert {each["name"]: each["last_delivery_fate"] for each in items} == {receiver["name"]: "accepted", "quiet": None}


async def test_deliveries_come_in_pages_the_newest_first(anonymous, viewer, receiver):
    sent = [(await report(anonymous, receiver, image=f"r.example/a:{each}")).json()["delivery"] for each in range(5)]
    seen, cursor = [], None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await viewer.get(f"{ADDRESS}/{receiver['id']}/deliveries", params=query)).json()
        seen += [each["id"] for each in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == sent[::-1]


async def test_every_provider_says_how_it_is_set_up(viewer):
    providers = (await viewer.get("/api/v1/providers")).json()["items"]
    assert providers
    for each in providers:
        assert any("{address}" in step for step in each["setup"])
        assert each["secret_in_address"] <= each["needs_secret"]

"""The change of an image in a file, over HTTP."""

from typing import Any

import httpx
import pytest

POD = "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: web, image: "
EDIT = "/api/v1/manifests/image/preview"


def asked(text: str, **place: Any) -> dict[str, Any]:
    return {"text": text, "place": place, "before": "shop/web:1.4.2", "after": "shop/web:1.10"}


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        (
            "image: {tag: 1.4.2}  # ours\n",
            {"file": "values", "tag": ["image", "tag"]},
            'image: {tag: "1.10"}  # ours\n',
        ),
        (
            "images:\n- name: web\n  newName: shop/web\n  newTag: 1.4.2\n",
            {"file": "kustomization", "name": "web"},
            'images:\n- name: web\n  newName: shop/web\n  newTag: "1.10"\n',
        ),
        (
            f"{POD}shop/web:1.4.2}}]}}}}\n",
            {"file": "manifest", "workload": {"api_version": "v1", "kind": "Pod", "name": "web"}, "container": "web"},
            f"{POD}shop/web:1.10}}]}}}}\n",
        ),
    ],
    ids=["values", "kustomization", "manifest"],
)
async def test_a_file_comes_back_with_its_new_image(operator: httpx.AsyncClient, text, place, expected):
    answer = await operator.post(EDIT, json=asked(text, **place))
    assert answer.status_code == 200, answer.text
    assert answer.json()["text"] == expected


async def test_a_file_that_cannot_be_changed_so_is_refused_with_its_line(operator: httpx.AsyncClient):
    text = "image:\n  tag: |\n    1.4.2\n"
    answer = await operator.post(EDIT, json=asked(text, file="values", tag=["image", "tag"]))
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["line"]) == (409, "image-edit-refused", 2)


async def test_what_is_no_image_is_refused(operator: httpx.AsyncClient):
    body = {**asked("tag: 1", file="values", tag=["tag"]), "after": "shop/web:!"}
    answer = await operator.post(EDIT, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


async def test_paths_that_name_no_image_are_refused(operator: httpx.AsyncClient):
    answer = await operator.post(EDIT, json=asked("tag: 1", file="values", repository=["image"]))
    assert answer.status_code == 422


async def test_it_takes_the_right_to_promote(viewer: httpx.AsyncClient):
    assert (await viewer.post(EDIT, json=asked("tag: 1", file="values", tag=["tag"]))).status_code == 403

"""What is known of a copy where a registry answers only in part before the deadline."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from domain.image_mappings import ImageMapping
from domain.images import Image
from services.kube.deadline import Deadline
from services.reading.preflight.image_copies import read_copies
from services.registry.copying.images import CopyProgress
from services.registry.oci import RegistryClients
from tests.support.image_plans import TWO

TARGET = f"registry.prod/shop/web:2@{TWO}"
MAPPING = ImageMapping(source="registry.dev/shop", target="registry.prod/shop", copy_first=True)


async def _never(*_: object) -> Any:
    await asyncio.Event().wait()


class _Copier:
    """A target registry; what is named in `silent` it never answers."""

    def __init__(self, *silent: str) -> None:
        for name in silent:
            setattr(self, name, _never)

    async def require_push_right(self, _target: object) -> None:
        return None

    async def lacking(self, _source: object, _target: object) -> CopyProgress:
        return CopyProgress(blobs=2, bytes=1000)


async def _planned(copier: _Copier):
    async def image(*_: object, **__: object) -> Any:
        return SimpleNamespace(digest=TWO, platforms=("linux/amd64",))

    clients = cast("RegistryClients", SimpleNamespace(image=image, copier=copier))
    found = await read_copies(clients, [Image.of(TARGET)], [MAPPING], {}, deadline=Deadline.after(0.2))
    return found[TARGET]


@pytest.mark.parametrize(
    ("silent", "unread", "blobs"),
    [((), False, 2), (("require_push_right",), True, None), (("lacking",), False, None)],
    ids=["all is said", "the push right is not", "the amount is not"],
)
async def test_a_push_right_is_unread_where_its_registry_did_not_say_it_in_time(silent, unread, blobs):
    planned = await _planned(_Copier(*silent))
    assert (planned.problem, planned.push_unread, planned.copy.blobs) == (None, unread, blobs)

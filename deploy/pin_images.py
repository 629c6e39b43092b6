"""`make pin-images`: writes into the Dockerfile the digest that the tag of each base image has now.

    python -m deploy.pin_images [--file Dockerfile] [--mirror HOST[:PORT]] [--plain-http]

A tag can be moved to other content at any time, a digest cannot: what was looked at is what is built. The tag stays in
front of it, for the reader, and for the next run of this. Digests are those of the index over all platforms. A mirror
has the images of Docker Hub under the same names.
"""

import argparse
import asyncio
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from services.net.addresses import AddressPolicy
from services.registry.credentials import RegistryAccess
from services.registry.errors import RegistryError
from services.registry.names import DOCKER_HUB, fold_repository, split_image, split_tag
from services.registry.oci import RegistryClients

# https://docs.docker.com/reference/dockerfile/#from
_FROM = re.compile(
    r"^(?P<before>FROM[ \t]+(?:--\S+[ \t]+)*)(?P<image>[^\s@]+)(?:@sha256:[0-9a-f]{64})?(?P<after>[ \t].*)?$",
    re.MULTILINE | re.IGNORECASE,
)


class NotPinnedError(Exception):
    """An image has no digest to be found; the text says which, and why."""


def base_images(dockerfile: str) -> tuple[str, ...]:
    """The images that stages begin with, once each; not those that are stages themselves, or `scratch`."""
    stages = {(found["after"] or "").split()[-1].lower() for found in _FROM.finditer(dockerfile) if _is_named(found)}
    images = dict.fromkeys(found["image"] for found in _FROM.finditer(dockerfile))
    return tuple(image for image in images if image.lower() not in stages and image != "scratch")


def pinned(dockerfile: str, digests: dict[str, str]) -> str:
    """The Dockerfile with these digests behind its images, in place of others."""

    def line(found: re.Match[str]) -> str:
        digest = digests.get(found["image"])
        return f"{found['before']}{found['image']}@{digest}{found['after'] or ''}" if digest else found.group()

    return _FROM.sub(line, dockerfile)


async def digest_of(clients: RegistryClients, image: str, *, mirror: str | None, plain_http: bool) -> str:
    """The digest of an image's tag. Raises `NotPinnedError`."""
    name, tag = split_tag(image)
    host, path = split_image(name)
    if tag is None:
        raise NotPinnedError(f"{image} has no tag, so it is not said which image is meant.")
    repository = fold_repository(host, path)
    ours = mirror is not None and host == DOCKER_HUB
    access = RegistryAccess(host=mirror if mirror and ours else host, plain_http=plain_http and ours)
    try:
        found = await clients.resolve(access, repository, tag)
    except RegistryError as error:
        raise NotPinnedError(f"{image}: {error.detail}") from None
    if found is None:
        raise NotPinnedError(f"{image}: the registry {access.host} has no such tag.")
    return found.digest


async def digests_of(dockerfile: str, *, mirror: str | None, plain_http: bool) -> dict[str, str]:
    """The digests of all base images, by image. Raises `NotPinnedError`."""
    addresses = AddressPolicy(allow_loopback=True, allow_private=True)
    async with RegistryClients(addresses=addresses) as clients:
        return {
            image: await digest_of(clients, image, mirror=mirror, plain_http=plain_http)
            for image in base_images(dockerfile)
        }


def _is_named(found: re.Match[str]) -> bool:
    return re.match(r"\s+as\s+\S+\s*$", found["after"] or "", re.IGNORECASE) is not None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make pin-images", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--file", type=Path, default=Path("Dockerfile"))
    parser.add_argument("--mirror", help="a registry that has the images of Docker Hub")
    parser.add_argument("--plain-http", action="store_true", help="the mirror speaks no https")
    chosen = parser.parse_args(arguments)
    dockerfile = chosen.file.read_text()
    try:
        digests = asyncio.run(digests_of(dockerfile, mirror=chosen.mirror, plain_http=chosen.plain_http))
    except NotPinnedError as error:
        print(f"Nothing is pinned. {error}", file=sys.stderr)  # noqa: T201
        return 1
    chosen.file.write_text(pinned(dockerfile, digests))
    for image, digest in digests.items():
        print(f"{image} {digest}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())

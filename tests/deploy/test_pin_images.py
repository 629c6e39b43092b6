"""Base images are pinned by digest, beside their tags, and again when the tags have moved on."""

import asyncio
from pathlib import Path

import pytest

from deploy.pin_images import base_images, main, pinned
from tests.support.registry import DockerRegistry

REPOSITORY = Path(__file__).parents[2]
ONE, OTHER = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
FILE = """# syntax=docker/dockerfile:1
FROM node:24-slim AS console
RUN echo FROM nothing:1
FROM --platform=linux/amd64 registry.example:5000/python:3.12 as environment
FROM environment
from scratch
FROM node:24-slim
"""


def test_base_images_are_those_that_are_no_stages():
    assert base_images(FILE) == ("node:24-slim", "registry.example:5000/python:3.12")


def test_a_digest_is_written_behind_the_tag_and_nothing_else_changes():
    written = pinned(FILE, {"node:24-slim": ONE})
    assert f"FROM node:24-slim@{ONE} AS console\n" in written
    assert written.replace(f"@{ONE}", "") == FILE


def test_a_digest_takes_the_place_of_the_former_one():
    digests = dict.fromkeys(base_images(FILE), ONE)
    assert pinned(pinned(FILE, digests), dict.fromkeys(digests, OTHER)) == pinned(FILE, dict.fromkeys(digests, OTHER))


def test_every_base_image_of_the_service_is_recognised():
    images = base_images((REPOSITORY / "Dockerfile").read_text())
    assert sorted(image.partition(":")[0] for image in images) == ["node", "python"]


def test_the_console_is_built_with_the_node_that_the_lock_file_names():
    (node,) = [image for image in base_images((REPOSITORY / "Dockerfile").read_text()) if image.startswith("node:")]
    locked = (REPOSITORY / "requirements-node.txt").read_text().partition("==")[2].partition(".")[0]
    assert node.startswith(f"node:{locked}-")


async def run(file: Path, registry: DockerRegistry) -> int:
    arguments = ["--file", str(file), "--mirror", registry.address, "--plain-http"]
    return await asyncio.to_thread(main, arguments)


async def test_a_registry_says_which_digest_a_tag_has(docker_registry: DockerRegistry, tmp_path: Path):
    node = await docker_registry.push_image("library/node", "24-slim", platforms=2)
    python = await docker_registry.push_image("library/python", "3.12-slim", platforms=2)
    file = tmp_path / "Dockerfile"
    file.write_text("FROM node:24-slim AS console\nFROM python:3.12-slim\n")
    assert await run(file, docker_registry) == 0
    assert file.read_text() == f"FROM node:24-slim@{node} AS console\nFROM python:3.12-slim@{python}\n"
    moved = await docker_registry.push_image("library/node", "24-slim", platforms=2, content="newer")
    assert await run(file, docker_registry) == 0
    assert file.read_text() == f"FROM node:24-slim@{moved} AS console\nFROM python:3.12-slim@{python}\n"


async def test_an_image_that_is_not_there_leaves_the_file_as_it_is(
    docker_registry: DockerRegistry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "Dockerfile"
    file.write_text("FROM node:24-slim\nFROM nowhere:1\n")
    assert await run(file, docker_registry) == 1
    assert "nowhere:1" in capsys.readouterr().err
    assert file.read_text() == "FROM node:24-slim\nFROM nowhere:1\n"

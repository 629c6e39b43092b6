"""A Python client generated from the contract is complete and makes real calls."""

import asyncio
import importlib
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support.service import CONTRACT, Service

# No hooks, because nobody reads the code. The generator knows text, and JSON in one piece, so it has to be told of
# lines of JSON; docs/audit.md tells its users.
_GENERATOR = """
post_hooks: []
content_type_overrides:
  application/x-ndjson: text/plain
"""


@pytest.fixture(scope="package")
def client_package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The generated package `stagecoach_client`, importable."""
    folder = tmp_path_factory.mktemp("generated")
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture(scope="package")
async def generated(client_package: Path) -> str:
    """What the generator said."""
    (client_package / "generator.yaml").write_text(_GENERATOR)
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("openapi-python-client")),
        *("generate", "--path", str(CONTRACT), "--meta", "none", "--config", str(client_package / "generator.yaml")),
        *("--output-path", str(client_package / "stagecoach_client")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    sys.path.insert(0, str(client_package))
    return output.decode()


def _operation(tag: str, name: str) -> ModuleType:
    return importlib.import_module(f"stagecoach_client.api.{tag}.{name}")


def test_the_generator_leaves_nothing_out(generated: str):
    assert "WARNING" not in generated.upper()


@pytest.fixture
async def client(generated: str, service: Service, token: str) -> AsyncIterator[Any]:
    package = importlib.import_module("stagecoach_client")
    async with package.AuthenticatedClient(base_url=service.url, token=token) as client:
        yield client


@pytest.fixture
def models(generated: str) -> Any:
    return importlib.import_module("stagecoach_client.models")


async def test_what_the_models_promise_is_what_the_service_does(client: Any, models: Any):
    body = models.ApplicationCreate(name="from-python", description="Made by the generated client")
    made = await _operation("applications", "create_application").asyncio(client=client, body=body)
    assert isinstance(made, models.ApplicationRead)
    listed = await _operation("applications", "list_applications").asyncio(client=client, limit=200)
    assert "from-python" in [each.name for each in listed.items]
    me = await _operation("access", "get_me").asyncio(client=client)
    assert (me.role, me.csrf_token) == (models.Role.ADMIN, None)


async def test_a_problem_is_an_answer_of_its_own_type(client: Any, models: Any):
    problem = await _operation("clusters", "get_cluster").asyncio("nowhere", client=client)
    assert isinstance(problem, models.Problem)
    assert (problem.code, problem.status) == ("not-found", 404)

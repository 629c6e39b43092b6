"""Requests that the contract allows, and many that it does not: no 5xx, and every response conforms to it."""

import asyncio
import re
import sys
from pathlib import Path

import httpx

from domain.words import Role
from tests.support.service import CONTRACT, Service

_SETTINGS = Path(__file__).with_name("schemathesis.toml")
_SECONDS = 40  # of one turn, however much of the contract it gets through
_TURNS = 8  # at most: a loaded machine needs more than one
_ENOUGH = 200  # requests
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)


async def test_no_request_gets_a_5xx_and_every_answer_conforms(
    service: Service, issue, environments, operator: httpx.AsyncClient
):
    await operator.post("/api/v1/applications", json={"name": "shop"})
    token = await issue(Role.ADMIN, name="fuzzer")
    tried = 0
    for seed in range(1, _TURNS + 1):
        tried += await _requests_tried(service, token.secret, seed)
        if tried > _ENOUGH:
            break
    assert tried > _ENOUGH


async def _requests_tried(service: Service, secret: str, seed: int) -> int:
    """How many requests one turn has sent; fails the test if an answer to one of them does not conform."""
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        *(
            "--config-file",
            str(_SETTINGS),
            "run",
            str(CONTRACT),
            "--url",
            service.url,
            "-H",
            f"Authorization: Bearer {secret}",
        ),
        *("--checks", ",".join(_CHECKS), "--phases", "examples,coverage,fuzzing", "--max-examples", "5"),
        *("--max-time", str(_SECONDS), "--max-failures", "20", "--seed", str(seed), "--request-timeout", "60"),
        *("--generation-database", "none", "--no-shrink", "--no-color", "--warnings", "off"),
        # A session's cookie is not what is tried here, and signing out or revoking would end the trial.
        *("--exclude-operation-id", "signIn", "--exclude-operation-id", "revokeToken"),
        # A stream of changes has no end, and that of an operation none while a stop, which is tried as well, pauses it:
        # test_stream_conformance.py tries both.
        *("--exclude-operation-id", "followChanges", "--exclude-operation-id", "followOperation"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_SECONDS + 180):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    output = "\n".join(line[:400] for line in printed.decode().splitlines())
    assert process.returncode == 0, output[-8000:]
    cases = re.search(r"(\d[\d,]*) generated", output)
    assert cases is not None, output[-2000:]
    return int(cases.group(1).replace(",", ""))

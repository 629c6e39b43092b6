"""`make demo`: the whole journey against the running service, over its public API.

    python -m trials.demo [--kubeconfigs SOURCE:TARGET[:TARGET…]]

Finds the service and this machine's token in the data folder (`STAGECOACH_DATA`), where `make run` leaves them. Exits 0
if every step succeeded, and 1 after the first one that did not, which it names.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from trials.demo.display import heading
from trials.demo.journey import Journey, shop
from trials.demo.real import own_stage
from trials.demo.steps import DemoError
from trials.demo.trouble import Trouble
from trials.direct import DirectError
from trials.service import Service, ServiceError


async def _walk(service: Service, address: str, kubeconfigs: Sequence[Path]) -> None:
    async with AsyncExitStack() as stack:
        stack.push_async_callback(service.close)
        route = await stack.enter_async_context(own_stage(service, kubeconfigs)) if kubeconfigs else shop()
        await Journey(service, route).walk()
        if not kubeconfigs:  # no image crashes at will on a real cluster
            await Trouble(service, address, route).happens()


def _service(folder: Path) -> tuple[Service, str]:
    """The running service, and its address."""
    try:
        address, token = ((folder / name).read_text().strip() for name in ("address", "token"))
    except FileNotFoundError as error:
        raise DemoError(f"There is no {error.filename}. Is the service running? Start it with: make run") from error
    return Service(address, token), address


def main() -> int:
    """Run the journey; 0 if it succeeded, else 1."""
    parser = argparse.ArgumentParser(prog="make demo", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kubeconfigs", help="real clusters instead of practice clusters: source:target[:target…]")
    chosen = parser.parse_args()
    paths = [Path(part) for part in chosen.kubeconfigs.split(":")] if chosen.kubeconfigs else []
    if len(paths) == 1:
        parser.error("--kubeconfigs takes a source and at least one target")
    begun = time.monotonic()
    try:
        asyncio.run(_walk(*_service(Path(os.environ.get("STAGECOACH_DATA", ".stagecoach"))), paths))
    except (DemoError, DirectError, ServiceError, OSError) as error:
        print(f"\nThe demo stopped. {error}", file=sys.stderr)  # noqa: T201
        return 1
    except httpx.TransportError as error:
        print(f"\nThe service does not answer ({error}). Start it with: make run", file=sys.stderr)  # noqa: T201
        return 1
    heading(f"Done in {time.monotonic() - begun:.0f} seconds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

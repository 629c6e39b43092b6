"""What Stagecoach does when something goes wrong: a canary that fails, and a roll-back that automation may not undo.

On practice clusters: there, an image whose tag contains `broken` crashes.
"""

import asyncio
import hashlib
from contextlib import AsyncExitStack

import httpx

from trials.demo.display import heading, line
from trials.demo.journey import Route
from trials.demo.steps import DemoError, Steps, next_tag
from trials.service import Document, Service

_WORKLOAD = "web"
_CANARY = {"rings": [{"size": 1, "soak_seconds": 5}, {"remaining": True}], "failure": "all-or-nothing"}
_LOOKS, _PAUSE = 100, 0.2  # seconds
_WATCHED = 5.0  # seconds for which automation has the chance to bring the image back


class Trouble:
    """Goes wrong along a route that has been walked. Raises `DemoError` at the first thing that does not happen."""

    def __init__(self, service: Service, address: str, route: Route) -> None:
        """`address` is the service's, for what a registry reports to it."""
        self._service = service
        self._address = address
        self._route = route
        self._steps = Steps(service, route.application)

    async def happens(self) -> None:
        """Let both happen."""
        await self._canary()
        await self._roll_back()

    async def _canary(self) -> None:
        """An image that crashes gets as far as the first cluster, which then goes back by itself."""
        production = self._route.production
        before = await self._steps.running(production, _WORKLOAD)
        image = next(iter(before.values()))
        tag = f"{next_tag(image['tag'])}-broken"
        heading(f"A canary that fails: {_WORKLOAD} {tag}, which crashes, in {production}")
        line("first one cluster, five seconds of watching, then the others; if one fails, all go back")
        body = {"images": [self._named(f"{image['repository']}:{tag}")], "strategy": _CANARY}
        await self._steps.execute(f"{self._environment(production)}/deploy", body, ends="failed")
        after = await self._steps.running(production, _WORKLOAD)
        if {name: each["tag"] for name, each in after.items()} != {name: each["tag"] for name, each in before.items()}:
            raise DemoError(f"{production} does not run what it ran before the canary.")
        line(
            f"{production} runs what it ran before: "
            + ", ".join(f"{name} {each['tag']}" for name, each in after.items())
        )

    async def _roll_back(self) -> None:
        """A person takes back what automation has brought; automation leaves it alone until the hold is lifted."""
        environment = self._route.development
        image = next(iter((await self._steps.running(environment, _WORKLOAD)).values()))
        tag = await self._unpushed(environment, next_tag(image["tag"]))
        async with AsyncExitStack() as stack:
            heading(f"A push that is deployed by itself: {_WORKLOAD} {tag} in {environment}")
            receiver = await self._on_auto(environment, stack)
            former = await self._newest_deploy(environment)
            await self._push(receiver, f"{image['repository']}:{tag}")
            brought = await self._deployed(environment, after=former)
            await self._steps.follow(brought)

            heading(f"A person rolls {environment} back")
            body = {"operation": brought["id"], "reason": "Orders are slow."}
            await self._steps.execute(f"{self._environment(environment)}/rollback", body)
            hold = await self._hold(environment)
            line(f"a hold keeps automation out: {hold['reason']}")

            newer = next_tag(tag)
            heading(f"{_WORKLOAD} {tag} is pushed again, and {newer} after it")
            for each in (tag, newer):
                await self._push(receiver, f"{image['repository']}:{each}")
            await asyncio.sleep(_WATCHED)
            if (await self._newest_deploy(environment))["id"] != brought["id"]:
                raise DemoError("Automation went past the hold.")
            for each in (tag, newer):
                why = await self._service.get(f"{self._environment(environment)}/images/{each}")
                line(f"why does {each} not run? {why['sentence']}")

            heading("The hold is lifted")
            await self._service.delete(f"holds/{hold['id']}")
            await self._steps.follow(await self._deployed(environment, after=brought))

    async def _on_auto(self, environment: str, stack: AsyncExitStack) -> Document:
        """A receiver for what a CI job pushes, and the environment on `auto`; the end of the stack removes both."""
        path = self._environment(environment)
        receiver = await self._service.post("receivers", {"name": "demo", "provider": "ci"})
        stack.push_async_callback(self._service.delete, f"receivers/{receiver['id']}")
        await self._service.patch(path, {"deploy_mode": "auto"})
        stack.push_async_callback(self._service.patch, path, {"deploy_mode": "manual"})
        return receiver

    async def _unpushed(self, environment: str, tag: str) -> str:
        """This tag, or the next one that nobody has pushed: a demo that was stopped has left some behind."""
        while (await self._service.get(f"{self._environment(environment)}/images/{tag}"))["image"] is not None:
            tag = next_tag(tag)
        return tag

    async def _push(self, receiver: Document, image: str) -> None:
        """Report it as a CI job does that has pushed it: with its digest."""
        digest = hashlib.sha256(image.encode()).hexdigest()
        async with httpx.AsyncClient(base_url=self._address) as job:
            headers = {"Authorization": f"Bearer {receiver['secret']}"}
            report = {"image": f"{image}@sha256:{digest}"}
            answer = await job.post(f"/webhooks/{receiver['id']}", json=report, headers=headers)
            answer.raise_for_status()
        line(f"pushed: {image}")

    async def _deployed(self, environment: str, *, after: Document) -> Document:
        """The deploy that automation starts after this one, once it has."""
        for _ in range(_LOOKS):
            found = await self._newest_deploy(environment)
            if found["id"] != after["id"]:
                return found
            await asyncio.sleep(_PAUSE)
        raise DemoError(f"Automation has not deployed what was pushed into {environment}.")

    async def _newest_deploy(self, environment: str) -> Document:
        """There is one: the journey has given Development new images."""
        listed = await self._service.get(
            "operations", application=self._route.application, environment=environment, kind="deploy", limit="1"
        )
        newest: Document = listed["items"][0]
        return newest

    async def _hold(self, environment: str) -> Document:
        for each in (await self._service.get("holds"))["items"]:
            if (each["environment"], each["application"]) == (environment, self._route.application):
                return dict(each)
        raise DemoError(f"The roll-back has set no hold in {environment}.")

    def _environment(self, name: str) -> str:
        return f"{self._steps.path}/environments/{name}"

    def _named(self, image: str) -> Document:
        workload = {"api_version": "apps/v1", "kind": "Deployment", "name": _WORKLOAD}
        return {"workload": workload, "container": _WORKLOAD, "image": image}

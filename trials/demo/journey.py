"""The journey of an application from Development to Production, step by step, over the public API."""

import secrets
from dataclasses import dataclass, field

from trials.demo.display import heading, line, table
from trials.demo.steps import DemoError, Steps, next_tag
from trials.service import Document, Service


@dataclass(frozen=True, kw_only=True)
class Route:
    """The application, its environments, and what differs in each."""

    application: str
    development: str
    staging: str
    production: str
    overrides: dict[str, Document]  # by environment
    namespaces: dict[str, str] = field(default_factory=dict)  # by environment; by default the environments' own
    images: tuple[tuple[str, str], ...] = ()  # the Deployments and containers that get a new image


class Journey:
    """Takes an application along a route. Raises `DemoError` at the first step that does not succeed."""

    def __init__(self, service: Service, route: Route) -> None:
        self._service = service
        self._route = route
        self._steps = Steps(service, route.application)
        self._path = self._steps.path

    async def walk(self) -> None:
        """Run all steps and print the table of what runs where."""
        route = self._route
        await self._import(route.development, route.staging)
        await self._import(route.staging, route.production)
        await self._new_images()
        await self._promote(route.development, route.staging)
        await self._promote(route.staging, route.production)
        heading(f"Images of {route.application} by cluster")
        table(await self._steps.overview(route.development, route.staging, route.production))

    async def _import(self, source: str, target: str) -> None:
        heading(f"Import {source} → {target}")
        found = await self._service.get(f"{self._path}/environments/{source}/resources")
        chosen, consents = _choose(found["items"])
        existing = await self._service.get(f"{self._path}/environments/{target}")
        body: Document = {
            "source_environment": source,
            "resources": [{key: resource[key] for key in ("api_version", "kind", "name")} for resource in chosen],
            "overrides": {"allow": consents, **self._route.overrides.get(target, {})},
            # The target of a second demo has the images that the first one promoted.
            "on_conflict": "overwrite" if existing["configured"] else "fail",
        }
        if namespace := self._route.namespaces.get(target):
            body["namespace"] = namespace
        path = f"{self._path}/environments/{target}/import"
        plan = await self._service.post(f"{path}/preview", body)
        _print_copy_plan(plan)
        await self._steps.execute(path, {**body, "plan_digest": plan["digest"]})

    async def _new_images(self) -> None:
        route = self._route
        heading(f"New images in {route.development}")
        [development] = await self._steps.overview(route.development)
        running = {
            (workload["resource"]["name"], container["name"]): container["images"][0]["image"]
            for workload in development["workloads"]
            for container in workload["containers"]
            if workload["resource"]["kind"] == "Deployment" and container["images"]
        }
        images = []
        for name, container in route.images:
            now = running[name, container]
            new = f"{now['repository']}:{next_tag(now['tag'])}"
            line(f"{name}/{container}: {now['tag']} → {next_tag(now['tag'])}")
            workload = {"api_version": "apps/v1", "kind": "Deployment", "name": name}
            images.append({"workload": workload, "container": container, "image": new})
        await self._steps.execute(f"{self._path}/environments/{route.development}/deploy", {"images": images})

    async def _promote(self, source: str, target: str) -> None:
        heading(f"Promote {source} → {target}")
        body = {"source_environment": source, "target_environment": target}
        plan = await self._service.post(f"{self._path}/promotions/preview", body)
        for cluster in plan["clusters"]:
            for change in cluster["changes"]:
                if not change["unchanged"]:
                    what = f"{change['workload']['name']}/{change['container']}"
                    digest = (change["after"]["digest"] or "no digest")[:19]
                    line(f"{cluster['cluster']}: {what} {change['before']['tag']} → {change['after']['tag']} {digest}")
        _stop_if_blocked(plan)
        await self._steps.execute(f"{self._path}/promotions", {**body, "plan_digest": plan["digest"]})


def _choose(items: list[Document]) -> tuple[list[Document], list[str]]:
    """The application's resources that can be copied, and the consents that some of them need."""
    chosen, consents = [], set()
    for entry in items:
        what = f"{entry['resource']['kind']} {entry['resource']['name']}"
        if entry["belongs"] and (entry["copyable"] or entry["consent"]):
            chosen.append(entry["resource"])
            if entry["consent"]:
                consents.add(entry["consent"])
                line(f"with consent: {what}. {entry['reason']}")
        elif entry["belongs"]:
            line(f"left out: {what}. {entry['reason']}")
    return chosen, sorted(consents)


def _print_copy_plan(plan: Document) -> None:
    for cluster in plan["clusters"]:
        counts: dict[str, int] = {}
        for resource in cluster["resources"]:
            counts[resource["action"]] = counts.get(resource["action"], 0) + 1
        line(f"{cluster['cluster']}: " + ", ".join(f"{count} {action}" for action, count in sorted(counts.items())))
        for reason in cluster["unchecked"]:
            line(f"  not checked by a dry run: {reason}")
    _stop_if_blocked(plan)


def _stop_if_blocked(plan: Document) -> None:
    problems = [*plan["problems"], *(problem for cluster in plan["clusters"] for problem in cluster["problems"])]
    for detail in dict.fromkeys(problem["detail"] for problem in problems if problem["severity"] == "warns"):
        line(f"note: {detail}")
    if plan["blocked"]:
        blocking = "\n".join(f"  - {problem['detail']}" for problem in problems if problem["severity"] == "blocks")
        raise DemoError(f"The plan is blocked:\n{blocking}")


def shop() -> Route:
    """The example application on the practice clusters."""
    return Route(
        application="shop",
        development="Development",
        staging="Staging",
        production="Production",
        images=(("web", "web"), ("checkout", "checkout")),
        overrides={
            "Staging": _overrides("staging", host="shop.dev.example", replicas=2),
            "Production": _overrides("production", host="shop.staging.example", replicas=3),
        },
    )


def _overrides(stage: str, *, host: str, replicas: int) -> Document:
    return {
        "config_maps": {"shop-settings": {"ENVIRONMENT": stage}},
        "secrets": {"shop-database": {"password": secrets.token_urlsafe(18)}},
        "replicas": {"Deployment/checkout": replicas},
        "ingress_hosts": {host: f"shop.{stage}.example"},
    }

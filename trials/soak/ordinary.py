"""Ordinary callers: each reads and writes as a person or a CI job does, and notes how long each call took."""

import asyncio
import time
from dataclasses import dataclass, field

import httpx

_PAUSE = 0.25  # seconds between two calls


@dataclass
class Calls:
    """The durations of calls in seconds, and those that were not answered as they should be."""

    seconds: list[float] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)

    def quantile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")


async def call_until(address: str, token: str, application: str, until: float, calls: Calls) -> None:
    """One caller with a token of its own."""
    headers = {"Authorization": f"Bearer {token}"}
    asked = [
        ("GET", "/api/v1/me", None),
        ("GET", "/api/v1/applications", None),
        ("GET", f"/api/v1/applications/{application}/overview", None),
        ("GET", "/api/v1/operations", None),
        ("PATCH", f"/api/v1/applications/{application}", {"description": "An application of the soak."}),
        ("GET", "/api/v1/clusters", None),
    ]
    async with httpx.AsyncClient(base_url=address, headers=headers, trust_env=False, timeout=60) as http:
        while time.monotonic() < until:
            for method, path, body in asked:
                began = time.perf_counter()
                try:
                    answer = await http.request(method, path, json=body)
                    fate = str(answer.status_code) if answer.is_error else ""
                except httpx.TransportError as error:
                    fate = type(error).__name__
                calls.seconds.append(time.perf_counter() - began)
                if fate:
                    calls.refused[f"{method} {path}: {fate}"] = calls.refused.get(f"{method} {path}: {fate}", 0) + 1
                await asyncio.sleep(_PAUSE)

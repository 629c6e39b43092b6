"""A round: several runs at the same time, and what happens to all of them."""

import asyncio
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from trials.chaos.applications import content
from trials.chaos.disturbances import Disturbance, What, draw
from trials.chaos.judging import Document, Remains, differences, written_late
from trials.chaos.run import Run
from trials.chaos.scenarios import SCENARIOS, Scenario
from trials.chaos.stage import REPLICAS, TARGETS, Stage

RUNS = 5  # at the same time, in a round
_KINDS = 2  # disturbances of a round; one where a kind ends a turn and begins the next
_STARTS = 0.3  # the runs of a round begin within this share of its time
_AFTERWARDS = 1.0  # seconds for which it is watched whether something is written after the end
_NAMESPACE = re.compile(r"/namespaces/([^/?]+)/")

Thing = TypeVar("Thing")
Written = dict[str, dict[str, list[Document]]]  # by namespace and cluster


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A round as its number decides it. `runs` are seeds and scenarios; they begin at shares of the round's time."""

    number: int
    runs: tuple[tuple[int, Scenario], ...]
    begins: tuple[float, ...]
    disturbances: tuple[Disturbance, ...]


def round_of(seed: int) -> int:
    """The number of the round that the run with this seed is in."""
    return seed // RUNS


def plan(number: int, *, longest: float) -> Planned:
    """The round of this number. Scenarios and kinds of disturbances take turns: each comes as often as others."""
    chance = random.Random(number)  # noqa: S311 - no secret
    runs = tuple((seed, _in_turn(SCENARIOS, seed)) for seed in range(number * RUNS, (number + 1) * RUNS))
    kinds = dict.fromkeys(_in_turn(tuple(What), number * _KINDS + each) for each in range(_KINDS))
    return Planned(
        number=number,
        runs=runs,
        begins=tuple(chance.uniform(0, _STARTS) for _ in runs),
        disturbances=draw(chance, tuple(kinds), replicas=REPLICAS, clusters=TARGETS, longest=longest),
    )


def _in_turn(things: Sequence[Thing], position: int) -> Thing:
    """All of them come before any comes again, each time in another order."""
    turn, place = divmod(position, len(things))
    order = list(things)
    random.Random(f"turn {turn}").shuffle(order)  # noqa: S311 - no secret
    return order[place]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What differed in a run; nothing where all is as it has to be."""

    seed: int
    scenario: str
    differences: tuple[str, ...]


@dataclass(kw_only=True)
class Trial:
    """Rounds on a stage, one after the other."""

    stage: Stage
    expected: dict[str, tuple[Remains, ...]] = field(default_factory=dict)
    """By scenario, of each of its applications, once `undisturbed` has run."""
    seconds: float = 0.0
    """What all scenarios take undisturbed, at the same time."""
    _ended: dict[str, tuple[Verdict, datetime]] = field(default_factory=dict)  # by namespace

    async def undisturbed(self) -> None:
        """Run every scenario while nothing happens: how the others have to end. Raises what keeps one from its end."""
        runs = [(Run(name=f"undisturbed-{number}", stage=self.stage), each) for number, each in enumerate(SCENARIOS)]
        await asyncio.gather(*(each.prepare(run) for run, each in runs))
        await self.stage.writes()
        began = time.monotonic()
        await asyncio.gather(*(each.act(run) for run, each in runs))
        self.seconds = time.monotonic() - began
        written = await self._written()
        self.expected = {each.name: await self._remains(run, written) for run, each in runs}

    async def disturbed(self, planned: Planned) -> list[Verdict]:
        """Run a round; afterwards everything is up again. A run of an earlier round is in it if it wrote late."""
        runs = [(seed, Run(name=f"run-{seed}", stage=self.stage), scenario) for seed, scenario in planned.runs]
        await asyncio.gather(*(scenario.prepare(run) for _, run, scenario in runs))
        verdicts = self._late(await self._written())
        failures = await self._act(planned, runs)
        await self.stage.settled()
        await asyncio.sleep(_AFTERWARDS)
        written = await self._written()
        verdicts += self._late(written)
        for seed, run, scenario in runs:
            if run.name in failures:
                verdicts.append(Verdict(seed=seed, scenario=scenario.name, differences=(failures[run.name],)))
                continue
            remains = await self._remains(run, written)
            pairs = zip(remains, self.expected[scenario.name], strict=True)
            differing = tuple(each for found, expected in pairs for each in differences(found, expected))
            verdicts.append(Verdict(seed=seed, scenario=scenario.name, differences=differing))
            for part, found in zip(run.parts, remains, strict=True):
                self._ended[part.namespace] = verdicts[-1], found.ended_at
        return verdicts

    async def _act(self, planned: Planned, runs: Sequence[tuple[int, Run, Scenario]]) -> dict[str, str]:
        """Let runs and disturbances happen; what kept a run from its end, by its name."""
        disturbing = [asyncio.create_task(self._disturb(each)) for each in planned.disturbances]

        async def one(run: Run, scenario: Scenario, begins: float) -> None:
            await asyncio.sleep(begins * self.seconds)
            await scenario.act(run)

        ways = [one(run, scenario, at) for (_, run, scenario), at in zip(runs, planned.begins, strict=True)]
        ends = await asyncio.gather(*ways, return_exceptions=True)
        await asyncio.gather(*disturbing)
        return {run.name: f"{type(end).__name__}: {end}" for (_, run, _), end in zip(runs, ends, strict=True) if end}

    async def _disturb(self, disturbance: Disturbance) -> None:
        await asyncio.sleep(disturbance.moment * self.seconds)
        await self.stage.suffer(disturbance)

    async def _written(self) -> Written:
        """What was written since this was asked last."""
        written: Written = defaultdict(lambda: {name: [] for name in TARGETS})
        for cluster, records in (await self.stage.writes()).items():
            for each in records:
                found = _NAMESPACE.search(each["path"])
                if found and not each["dry_run"]:
                    written[found[1]][cluster].append(each)
        return written

    def _late(self, written: Written) -> list[Verdict]:
        """The runs of earlier rounds that have written something since."""
        late = []
        for namespace, (verdict, ended_at) in self._ended.items():
            found = tuple(written_late(written[namespace], ended_at)) if namespace in written else ()
            if found:
                late.append(replace(verdict, differences=found))
        return late

    async def _remains(self, run: Run, written: Written) -> tuple[Remains, ...]:
        together = [await self.stage.callers.get(f"promotion-sets/{each}") for each in run.sets]
        ends = {f"set {number}": each["state"] for number, each in enumerate(together)}
        return tuple([await self._remains_of(each, ends, written) for each in run.parts])

    async def _remains_of(self, run: Run, sets: dict[str, str], written: Written) -> Remains:
        last = await run.ended(run.operations[-1])
        outcomes = {each["cluster"]: f"{each['outcome']} {each['code'] or ''}".strip() for each in last["clusters"]}
        releases = [
            {"clusters": each["clusters"], "images": sorted(str(image["image"]) for image in each["images"])}
            for each in await run.releases()
        ]
        return Remains(
            outcomes={"the operation": last["state"], **outcomes, **sets},
            content={name: await content(self.stage.clusters[name], run.namespace) for name in TARGETS},
            releases=releases,
            ended_at=datetime.fromisoformat(last["ended_at"]),
            writes=written[run.namespace],
            events=Counter(await self.stage.callers.events(last["id"])),
        )

"""Operations end the same though processes are killed and clusters go away: twenty runs of `make chaos`."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from trials.chaos.disturbances import SHORT_OUTAGE
from trials.chaos.rounds import RUNS, Trial, plan
from trials.chaos.stage import open_stage

RUNS_OF_THE_SUITE = 20


@pytest.fixture(scope="module")
async def chaos() -> AsyncIterator[Trial]:
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))  # short: a Unix socket's path has at most 107 characters
    try:
        async with open_stage(folder) as stage:
            trial = Trial(stage=stage)
            await trial.undisturbed()
            yield trial
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("number", range(RUNS_OF_THE_SUITE // RUNS))
async def test_disturbed_runs_end_as_undisturbed_ones(chaos: Trial, number: int):
    planned = plan(number, longest=SHORT_OUTAGE)
    verdicts = await chaos.disturbed(planned)
    happened = "; ".join(map(str, planned.disturbances))
    assert [each for each in verdicts if each.differences] == [], f"make chaos SEED={number * RUNS}: {happened}"
    assert chaos.stage.callers.faulty == []

"""`make chaos`: operations whose processes are killed, whose database dies and whose clusters go away, end the same.

    python -m trials.chaos [--runs 200] [--seed N] [--outage SECONDS]

Five runs at a time share what happens to them. With `--seed`, the round of that run alone is repeated. Prints what
differed from an undisturbed run, and exits 1 if anything did.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

from trials.chaos.disturbances import LONGEST_OUTAGE
from trials.chaos.rounds import RUNS, Planned, Trial, Verdict, plan, round_of
from trials.chaos.stage import open_stage


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def _tell(planned: Planned, verdicts: list[Verdict], took: float) -> None:
    _say(f"round {planned.number} ({took:.0f} s)")
    for each in planned.disturbances:
        _say(f"    {each}")
    for verdict in verdicts:
        mark = "✗" if verdict.differences else "✓"
        _say(f"  {mark} run {verdict.seed}: {verdict.scenario}")
        for difference in verdict.differences:
            _say(f"      {difference}")


async def _run(rounds: list[Planned], folder: Path) -> tuple[int, list[str]]:
    """How many runs differed, and the answers of 500."""
    began = time.monotonic()
    differing: set[int] = set()
    async with open_stage(folder) as stage:
        trial = Trial(stage=stage)
        await trial.undisturbed()
        _say(f"All scenarios take {trial.seconds:.0f} s undisturbed; ready after {time.monotonic() - began:.0f} s.")
        for planned in rounds:
            began = time.monotonic()
            verdicts = await trial.disturbed(planned)
            _tell(planned, verdicts, time.monotonic() - began)
            differing |= {each.seed for each in verdicts if each.differences}
        return len(differing), stage.callers.faulty


def main() -> int:
    """Run and print; 1 if anything differed."""
    parser = argparse.ArgumentParser(prog="make chaos", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=200, help="how many, from seed 0 on (default 200)")
    parser.add_argument("--seed", type=int, help="the run to repeat, with the others of its round")
    parser.add_argument("--outage", type=float, default=LONGEST_OUTAGE, help="the longest, in seconds (default 60)")
    chosen = parser.parse_args()
    first = round_of(chosen.seed) if chosen.seed is not None else 0
    count = 1 if chosen.seed is not None else round_of(chosen.runs + RUNS - 1)
    rounds = [plan(number, longest=chosen.outage) for number in range(first, first + count)]
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    began = time.monotonic()
    differing, faulty = asyncio.run(_run(rounds, folder))
    for each in faulty:
        _say(f"answered with 500: {each}")
    _say(f"{differing} of {count * RUNS} runs differed, in {time.monotonic() - began:.0f} s.")
    if differing or faulty:
        _say(f"The output of the processes is in {folder}.")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What the schedule of a CronJob says about its time zone, and what an API server refuses of it in a new one. Pure.

The controller's parser took `TZ=` and `CRON_TZ=` before a schedule, which was never supported. API servers keep it in
old objects and refuse it in new ones (kubernetes/kubernetes#116252, pkg/apis/batch/validation validateScheduleFormat).
"""

import re
from collections.abc import Iterator

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.checks import CopyTarget, problem
from services.planning.objects.identity import kind_name

_ZONE = re.compile(r"\s*(?:CRON_)?TZ=(?P<zone>\S*)\s*(?P<rest>.*)", re.DOTALL)


def zone_in_schedule(schedule: object) -> str | None:
    """The time zone before the schedule itself; None where there is none."""
    match = _ZONE.fullmatch(schedule) if isinstance(schedule, str) else None
    return match["zone"] if match else None


def depends_on_the_hour(schedule: object) -> bool:
    """Whether the schedule names hours, days or months: only then does it mean other moments in another time zone."""
    text = str(schedule or "").strip()
    if text.startswith("@"):
        return not text.startswith(("@every", "@hourly"))
    fields = text.split()
    return len(fields) != 5 or any(field not in {"*", "?", "*/1"} for field in fields[1:])


def schedule_problems(target: CopyTarget, desired: Manifest, live: Manifest | None) -> Iterator[Problem]:
    """A time zone in a schedule blocks, unless the target has the same one already: servers let that through."""
    schedule = desired.spec.get("schedule")
    match = _ZONE.fullmatch(schedule) if isinstance(schedule, str) else None
    if kind_name(desired.kind) != "CronJob.batch" or match is None:
        return
    if live is not None and zone_in_schedule(live.spec.get("schedule")) is not None:
        return
    meant = f"'{match['rest']}' with spec.timeZone '{match['zone']}'"
    other = desired.spec.get("timeZone")
    if other and other != match["zone"]:
        meant += f", or '{other}', which it has there already"
    yield problem(
        target,
        desired,
        "schedule-with-time-zone",
        Severity.BLOCKS,
        f"{desired.id.label} has a time zone in its schedule, which API servers refuse in a new CronJob. "
        f"Change it in the source, or submit it as a manifest: schedule {meant}.",
        "spec.schedule",
    )

"""Validates schedules of CronJobs, with the texts of the parser that real servers use."""

import re

_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_NAMES: tuple[dict[str, int], ...] = (
    {},
    {},
    {},
    {
        n: i
        for i, n in enumerate(
            ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
        )
    },
    {n: i for i, n in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))},
)
_MACROS = {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
_ZONE = re.compile(r"^(CRON_)?TZ=\S+\s+")
_EVERY = re.compile(r"@every ([0-9.]+(ns|us|µs|ms|s|m|h))+")


def problem(schedule: str) -> str:
    """What is wrong with a schedule, or "". A time zone before it is no matter of its form."""
    schedule = _ZONE.sub("", schedule)
    if schedule in _MACROS or _EVERY.fullmatch(schedule):
        return ""
    if schedule.startswith("@"):
        return f"unrecognized descriptor: {schedule}"
    parts = schedule.split()
    if len(parts) != 5:
        return f"expected exactly 5 fields, found {len(parts)}: [{' '.join(parts)}]"
    for part, bounds, names in zip(parts, _RANGES, _NAMES, strict=True):
        for term in part.split(","):
            if found := _term(term, bounds, names):
                return found
    return ""


def _term(term: str, bounds: tuple[int, int], names: dict[str, int]) -> str:
    span, _, step = term.partition("/")
    if step and (not step.isdecimal() or int(step) == 0):
        return (
            f"failed to parse int from {step}"
            if not step.isdecimal()
            else f"step of range should be a positive number: {term}"
        )
    if span in {"*", "?"}:
        return ""
    numbers: list[int] = []
    for text in span.split("-"):
        number = names.get(text.lower(), int(text) if text.isdecimal() else None)
        if number is None:
            return f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax'
        numbers.append(number)
    if len(numbers) > 2:
        return f"too many hyphens: {term}"
    if numbers[0] < bounds[0]:
        return f"beginning of range ({numbers[0]}) below minimum ({bounds[0]}): {term}"
    if numbers[-1] > bounds[1]:
        return f"end of range ({numbers[-1]}) above maximum ({bounds[1]}): {term}"
    if numbers[0] > numbers[-1]:
        return f"beginning of range ({numbers[0]}) beyond end of range ({numbers[-1]}): {term}"
    return ""

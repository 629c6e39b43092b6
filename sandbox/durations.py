"""Durations as Go writes them: `1h30m`, `10s`, `200ms`."""

import re

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")


def seconds(duration: str | None, default: float) -> float:
    """`default` where there is none."""
    parts = _PART.findall(duration or "")
    return sum(float(number) * _UNITS[unit] for number, unit in parts) if parts else default

"""A value that nobody may see, typed in by a person. Pure."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SecretText:
    """`value` is the plain text; it shows in no `repr`, log or traceback."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "**********"

"""Values of Secrets that a person typed in. Nothing may show them.

They stay `SecretText` from the request to the write. The plain text is read where it is sealed for the row of its
operation (db.operation_secrets), and where it enters the body of a Secret that is written to a cluster.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SecretText:
    """`value` is the plain text; it shows in no `repr`, log or traceback."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "**********"


# Values typed in for an operation, by name of the Secret and key.
SecretValues = Mapping[str, Mapping[str, SecretText]]


def names_of_values(values: SecretValues) -> Iterator[str]:
    """The paths of the values, as `db-login/password`."""
    for name, keys in values.items():
        for key in keys:
            yield f"{name}/{key}"

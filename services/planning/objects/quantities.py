"""Kubernetes quantities (`500m`, `1Gi`, `0.5`) as exact numbers. Pure.

The grammar is that of apimachinery's `resource.Quantity` (pkg/api/resource/quantity.go).
"""

import re
from decimal import Decimal

_UNITS = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal("1e3"),
    "M": Decimal("1e6"),
    "G": Decimal("1e9"),
    "T": Decimal("1e12"),
    "P": Decimal("1e15"),
    "E": Decimal("1e18"),
    "Ki": Decimal(2) ** 10,
    "Mi": Decimal(2) ** 20,
    "Gi": Decimal(2) ** 30,
    "Ti": Decimal(2) ** 40,
    "Pi": Decimal(2) ** 50,
    "Ei": Decimal(2) ** 60,
}
_QUANTITY = re.compile(
    r"^([+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30}))(?:[eE]([+-]?\d{1,2})|(n|u|m|k|M|G|T|P|E|[KMGTPE]i))?$"
)


def amount(quantity: object) -> Decimal | None:
    """The value of a quantity as a number (`500m` → 0.5); None where the text is no quantity."""
    match = _QUANTITY.match(str(quantity))
    if match is None:
        return None
    number, exponent, unit = match.groups()
    return Decimal(number) * (Decimal(10) ** int(exponent) if exponent else _UNITS[unit or ""])


def same_amount(left: object, right: object) -> bool:
    """Whether two quantities have the same value; False where either is no quantity."""
    left_amount = amount(left)
    return left_amount is not None and left_amount == amount(right)

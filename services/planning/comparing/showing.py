"""What a person may see of a difference's values, and how much of long ones. Pure.

Values of Secrets are shown to no caller. Values of ConfigMaps and literal values of variables are shown to callers to
whom the preview of an import shows them; others see that they differ (`objects.withheld` does the same for requests).
"""

import re
from typing import Any

from domain.resources import Kind
from services.planning.comparing.sections import data_key
from services.planning.comparing.values import ComparisonSection
from services.planning.objects.excerpts import excerpt
from services.planning.objects.redact import is_secret, is_value
from services.planning.objects.reference_values import CONFIG_MAP
from services.planning.objects.withheld import WITHHELD, withhold_environments
from services.planning.plan import Change, ChangeKind

_LITERAL = re.compile(r"\benv\[[^\]]*\]\.value$")


def is_hidden(kind: Kind, path: str, *, values_shown: bool) -> bool:
    """Whether nothing but the comparison of the field's values is shown."""
    if is_secret(kind):
        return bool(path) and is_value(path)
    if values_shown:
        return False
    return ((kind.group, kind.name) == CONFIG_MAP and data_key(kind, path) is not None) or bool(_LITERAL.search(path))


def as_shown(value: Any, beside: Any, section: ComparisonSection, *, values_shown: bool) -> Any:
    """The value, long ones around the place where they differ from the one `beside`; without literals of variables."""
    if not values_shown:
        value = _without_literals(value, section)
    return excerpt(Change(path="", kind=ChangeKind.CHANGED, before=beside, after=value)).after


def _without_literals(value: Any, section: ComparisonSection) -> Any:
    if not isinstance(value, dict | list):
        return value
    copied = withhold_environments(value)
    if section is ComparisonSection.VARIABLES and isinstance(copied, dict) and "value" in copied:
        copied["value"] = WITHHELD  # the variable itself
    return copied

"""The page on configuration documents every setting, and none that does not exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_origin

from pydantic import BaseModel

from api.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()


def _variables(model: type[BaseModel], prefix: str = "STAGECOACH_") -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _variables(kind, f"{prefix}{name.upper()}__")
        elif get_origin(kind) is dict:  # a group of settings for each name that the operator chooses
            yield f"{prefix}{name.upper()}__<NAME>__…"
        else:
            yield prefix + name.upper()


def test_the_page_names_every_setting_and_no_other():
    variables = "\n".join(line.split(" | ")[0] for line in PAGE.splitlines() if line.startswith("| `"))
    documented: list[str] = []
    for name in re.findall(r"`((?:STAGECOACH_|…__)[A-Z_]+(?:<NAME>__…)?)`", variables):
        group = documented[-1].rpartition("__")[0] if name.startswith("…__") else ""
        documented.append(name.replace("…__", f"{group}__") if group else name)
    assert sorted(documented) == sorted(_variables(Settings))

"""Writes values as YAML that every parser reads alike, in block style or in flow style. Pure."""

import json
from typing import Any

import yaml

from services.planning.git.scalar_text import is_plain

_FIRST = ("apiVersion", "kind", "metadata")


class _Dumper(yaml.SafeDumper):
    """Quotes every text that is anything but text to any parser, and keeps those of several lines readable."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  as its base has it
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None if is_plain(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def block(value: Any) -> str:
    """In block style, without a line break at the end."""
    shown = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=float("inf"))
    return shown.removesuffix("\n").removesuffix("\n...")


def flow(value: Any) -> str:
    """On one line: JSON is YAML."""
    return json.dumps(value, ensure_ascii=False)


def manifest_text(body: dict[str, Any]) -> str:
    """A file with one object, which says first what it is."""
    first = {key: body[key] for key in _FIRST if key in body}
    return f"{block({**first, **body})}\n"

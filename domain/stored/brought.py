"""Keys of ConfigMaps and Secrets that a change of images brings first, so that the new pods find them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from domain.configuration import SECRET
from domain.secret_text import SecretText, SecretValues


@dataclass(frozen=True, kw_only=True)
class BroughtKeys:
    """Keys of one object: copied from the source environment, apart from those in `typed`, which a person typed in.

    `values` are what was typed in. Those of a Secret are not stored with the request: they are sealed apart.
    """

    kind: str
    name: str
    keys: tuple[str, ...]
    typed: tuple[str, ...] = ()
    values: Mapping[str, SecretText] = field(default_factory=dict, repr=False, compare=False)

    @property
    def secret(self) -> bool:
        return self.kind == SECRET.name

    @property
    def label(self) -> str:
        """As an import names the object: `ConfigMap/web`."""
        return f"{self.kind}/{self.name}"

    def to_json(self) -> dict[str, Any]:
        plain = {} if self.secret else {key: text.value for key, text in self.values.items()}
        return {
            "kind": self.kind,
            "name": self.name,
            "keys": list(self.keys),
            "typed": list(self.typed),
            "values": plain,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            kind=stored["kind"],
            name=stored["name"],
            keys=tuple(stored["keys"]),
            typed=tuple(stored["typed"]),
            values={key: SecretText(text) for key, text in stored["values"].items()},
        )


def brought_to_json(bring: Iterable[BroughtKeys]) -> dict[str, Any]:
    """The member of a stored request: none where nothing is brought, for a former process does not know it."""
    listed = [each.to_json() for each in bring]
    return {"bring": listed} if listed else {}


def brought_from_json(stored: Mapping[str, Any]) -> tuple[BroughtKeys, ...]:
    return tuple(map(BroughtKeys.from_json, stored.get("bring") or ()))


def each_once(bring: Iterable[BroughtKeys]) -> tuple[BroughtKeys, ...]:
    """Each object once, with all keys that are asked of it."""
    merged: dict[tuple[str, str], BroughtKeys] = {}
    for each in bring:
        before = merged.get((each.kind, each.name))
        merged[each.kind, each.name] = (
            each
            if before is None
            else replace(
                before,
                keys=tuple(dict.fromkeys((*before.keys, *each.keys))),
                typed=tuple(dict.fromkeys((*before.typed, *each.typed))),
                values={**before.values, **each.values},
            )
        )
    return tuple(merged.values())


def typed_secrets(bring: Iterable[BroughtKeys]) -> SecretValues:
    """The typed-in values of Secrets, by name and key: to be sealed."""
    return {each.name: dict(each.values) for each in bring if each.secret and each.values}


def with_secrets(bring: Iterable[BroughtKeys], secrets: SecretValues) -> tuple[BroughtKeys, ...]:
    """With the values of Secrets that were sealed; those that are erased stay away."""
    return tuple(
        replace(
            each,
            values={key: text for key in each.typed if (text := secrets.get(each.name, {}).get(key)) is not None},
        )
        if each.secret
        else each
        for each in bring
    )

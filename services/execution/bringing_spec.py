"""What bringing keys is as a copy: an import by key, or, without a source, a configure of these keys alone."""

import base64
from collections.abc import Iterable, Mapping

from domain.configuration import CONFIG_MAP, SECRET
from domain.overrides import Overrides
from domain.resources import Manifest, ResourceId
from domain.secret_text import SecretText
from domain.stored.brought import BroughtKeys
from domain.stored.plans import CopySource
from domain.stored.requests import ImportSource
from services.execution.copy_spec import CopySpec, ValuesMissingError
from services.planning.copying.plan import CopyChoices


def bringing_spec(bring: Iterable[BroughtKeys], *, namespace: str, source: CopySource | None) -> CopySpec:
    """The copy of these keys. A key that the target has with another value is a conflict, and is not overwritten.

    Raises `ValuesMissingError` where a value that was typed in has been erased.
    """
    asked = tuple(bring)
    typed = {each.label: _typed(each) for each in asked}
    overrides = Overrides(
        only_keys={each.label: each.keys for each in asked},
        config_maps={each.name: _plain(typed[each.label]) for each in asked if not each.secret},
        secrets={each.name: typed[each.label] for each in asked if each.secret},
    )
    if source is None:
        manifests = tuple(_manifest(each, typed[each.label]) for each in asked)
        by_key = CopyChoices(overrides=Overrides(only_keys=overrides.only_keys))
        return CopySpec(namespace=namespace, choices=by_key, manifests=manifests)
    return CopySpec(
        namespace=namespace,
        choices=CopyChoices(overrides=overrides),
        source=ImportSource(
            environment=source.environment,
            cluster=source.cluster,
            namespace=source.namespace,
            resources=tuple(_resource(each) for each in asked),
        ),
    )


def _typed(each: BroughtKeys) -> Mapping[str, SecretText]:
    for key in each.typed:
        if key not in each.values:
            raise ValuesMissingError(f"{each.name}/{key}")
    return {key: each.values[key] for key in each.typed}


def _plain(values: Mapping[str, SecretText]) -> dict[str, str | None]:
    return {key: text.value for key, text in values.items()}


def _resource(each: BroughtKeys) -> ResourceId:
    return ResourceId(kind=SECRET if each.secret else CONFIG_MAP, name=each.name)


def _manifest(each: BroughtKeys, values: Mapping[str, SecretText]) -> Manifest:
    data = {
        key: base64.b64encode(text.value.encode()).decode() if each.secret else text.value
        for key, text in values.items()
    }
    body = {"apiVersion": "v1", "kind": each.kind, "metadata": {"name": each.name}, "data": data}
    return Manifest(body)

"""The names under which an environment pulls images, as people give them: checked, and folded for comparison. Pure."""

from collections.abc import Sequence

from domain.image_mappings import ImageMapping
from services.errors import InvalidRequestError
from services.registry.names import fold_host, is_repository, names_registry, split_host

_FORM = "Write a registry and, where needed, the beginning of a path: registry.example:5000/team."


def checked_mappings(given: Sequence[ImageMapping]) -> tuple[ImageMapping, ...]:
    """The mappings with folded sources. Raises `InvalidRequestError` with the path of what is not valid."""
    checked: list[ImageMapping] = []
    for number, each in enumerate(given):
        at = f"body.image_mappings[{number}]"
        host, path = _split(each.source, f"{at}.source")
        source = "/".join(filter(None, (fold_host(host), path)))
        _split(each.target, f"{at}.target")
        target = each.target.rstrip("/")
        if any(other.source == source for other in checked):
            raise InvalidRequestError(f"'{source}' is mapped twice. Give it one target.", field=f"{at}.source")
        if source == target:
            raise InvalidRequestError("It would be mapped to itself. Leave it out.", field=f"{at}.target")
        checked.append(ImageMapping(source=source, target=target, copy_first=each.copy_first))
    return tuple(checked)


def _split(text: str, at: str) -> tuple[str, str]:
    host, path = split_host(text.rstrip("/"))
    if not names_registry(host) or (path and not is_repository(path)):
        raise InvalidRequestError(_FORM, field=at)
    return host, path

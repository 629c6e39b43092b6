"""Parses and normalises the provider-specific settings of a receiver. `Format` says which a provider uses."""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from domain.stored.receivers import ReceiverSettings
from services.errors import InvalidRequestError
from services.registry.names import fold_host, is_repository, names_registry, split_host

_HEADER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_TOPIC = re.compile(r"arn:aws(?:-[a-z]+)*:sns:[a-z0-9-]{3,32}:[0-9]{12}:[A-Za-z0-9_.-]{1,256}")
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,128}@[A-Za-z0-9.-]{1,128}")
_TEXT = re.compile(r"[!-~]{1,500}")
_USERNAME = re.compile(r"[^:\x00-\x1f\x7f]{1,100}")
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_MAX_ENTRIES = 100


def parse_settings(value: Mapping[str, Any], *, where: str = "settings") -> ReceiverSettings:
    """The settings in a JSON object. Raises `InvalidRequestError` with the path of the invalid one."""
    known = {each.name for each in fields(ReceiverSettings)}
    for name in value:
        if name not in known:
            raise _invalid(where, f"There is no such setting. The settings are {', '.join(sorted(known))}.")
    signed = value.get("signed")
    if signed is not None and not isinstance(signed, bool):
        raise _invalid(f"{where}.signed", "It must be true or false.")
    return ReceiverSettings(
        registry=_registry(value.get("registry"), f"{where}.registry"),
        repositories=_repositories(value.get("repositories"), f"{where}.repositories"),
        signed=bool(signed),
        header=_text(value.get("header"), _HEADER, f"{where}.header", "It must be the name of an HTTP header."),
        username=_text(value.get("username"), _USERNAME, f"{where}.username", "It must be a name without a colon."),
        topics=_topics(value.get("topics"), f"{where}.topics"),
        audience=_text(value.get("audience"), _TEXT, f"{where}.audience", "It must be text without spaces."),
        service_account=_text(
            value.get("service_account"),
            _EMAIL,
            f"{where}.service_account",
            "It must be the e-mail address of the account.",
        ),
    )


def _registry(value: object, where: str) -> str | None:
    if value is None:
        return None
    if not names_registry(value):
        raise _invalid(where, "It must be a host as in image names, with a port where needed: registry.example:5000.")
    return fold_host(value)


def _repositories(value: object, where: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or len(value) > _MAX_ENTRIES:
        raise _invalid(
            where, f"It must map at most {_MAX_ENTRIES} keys of repositories to the prefixes of their image names."
        )
    folded = {}
    for key, prefix in value.items():
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise _invalid(where, "The key of a repository must be letters, digits, '_', '.' or '-'.")
        host, path = split_host(prefix.rstrip("/")) if isinstance(prefix, str) else ("", "")
        if not names_registry(host) or (path and not is_repository(path.lower())):
            raise _invalid(
                f"{where}.{key}", "It must be a registry and, where needed, a path: registry.example/docker-local."
            )
        folded[key] = "/".join(filter(None, (fold_host(host), path.lower())))
    return folded


def _topics(value: object, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or len(value) > _MAX_ENTRIES:
        raise _invalid(where, f"It must be a list of at most {_MAX_ENTRIES} topics.")
    for number, topic in enumerate(value):
        if not isinstance(topic, str) or not _TOPIC.fullmatch(topic):
            raise _invalid(
                f"{where}[{number}]", "It must be the ARN of a topic: arn:aws:sns:eu-west-1:123456789012:pushes."
            )
    return tuple(dict.fromkeys(value))


def _text(value: object, form: re.Pattern[str], where: str, rule: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not form.fullmatch(value):
        raise _invalid(where, rule)
    return value


def _invalid(where: str, rule: str) -> InvalidRequestError:
    return InvalidRequestError(f"The receiver's {where}: {rule}", field=where)

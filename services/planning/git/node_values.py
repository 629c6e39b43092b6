"""What nodes of a YAML text stand for, as Kubernetes reads them: maps, lists, texts, numbers, truth and null. Pure."""

from typing import Any

import yaml

from services.planning.git.yaml_places import EditRefusedError, line_of

_PREFIX = "tag:yaml.org,2002:"
# What is no text; a date, which YAML 1.1 knows as well, is one to Kubernetes.
_SCALARS = frozenset({f"{_PREFIX}{name}" for name in ("int", "float", "bool", "null")})


def value_of(node: yaml.Node) -> Any:
    """Raises `EditRefusedError` where a merge (<<), or a key that is no text, has to be understood for it."""
    if isinstance(node, yaml.MappingNode):
        return {_key(key): value_of(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [value_of(item) for item in node.value]
    if node.tag in _SCALARS:
        return yaml.constructor.SafeConstructor().construct_object(node)
    return node.value


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode) or node.tag == f"{_PREFIX}merge":
        raise EditRefusedError("A merge (<<) brings values here: change it by hand.", line=line_of(node))
    return str(node.value)

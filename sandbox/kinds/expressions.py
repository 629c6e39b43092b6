"""Rules of custom kinds (`x-kubernetes-validations`), in the part of CEL that most of them are written in.

Comparisons, logic, arithmetic, membership, `has`, `size`, tests of text, `all` and `exists`. A rule that uses more than
that, such as `a ? b : c`, is not evaluated.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

_TOKEN = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|&&|\|\||!(?!=)|\btrue\b|\bfalse\b|\bnull\b|\?""")
_PYTHON = {"&&": " and ", "||": " or ", "!": " not ", "true": "True", "false": "False", "null": "None"}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Mod: operator.mod,
}
_TESTS: dict[str, Callable[[Any, Any], Any]] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": operator.contains,
    "matches": lambda text, pattern: re.search(pattern, text) is not None,
}
Names = Mapping[str, Any]


class UnclearError(Exception):
    """A rule says something that is not understood here."""


def holds(rule: str, names: Names) -> bool:
    """Whether a rule holds of what its names stand for; one that asks for what is not there does not."""
    try:
        return bool(_value(_parsed(rule), names))
    except UnclearError:
        return True
    except (KeyError, TypeError, IndexError, re.error):
        return False


@lru_cache(maxsize=512)
def _parsed(rule: str) -> ast.expr:
    if "?" in _TOKEN.findall(rule):
        raise UnclearError(rule)
    text = _TOKEN.sub(lambda found: _PYTHON.get(found[0], found[0]), rule)
    try:
        return ast.parse(text.strip().replace("\n", " "), mode="eval").body
    except SyntaxError:
        raise UnclearError(rule) from None


def _value(node: ast.expr, names: Names) -> Any:
    match node:
        case ast.Constant():
            return node.value
        case ast.Name() if node.id in names:
            return names[node.id]
        case ast.List():
            return [_value(item, names) for item in node.elts]
        case ast.Attribute():
            return _value(node.value, names)[node.attr]
        case ast.Subscript():
            return _value(node.value, names)[_value(node.slice, names)]
        case ast.UnaryOp(op=ast.Not()):
            return not _value(node.operand, names)
        case ast.UnaryOp(op=ast.USub()):
            return -_value(node.operand, names)
        case ast.BoolOp():
            judge = all if isinstance(node.op, ast.And) else any
            return judge(_value(part, names) for part in node.values)
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            return _ARITHMETIC[type(node.op)](_value(node.left, names), _value(node.right, names))
        case ast.Compare(ops=[comparison]) if type(comparison) in _COMPARISONS:
            return _COMPARISONS[type(comparison)](_value(node.left, names), _value(node.comparators[0], names))
        case ast.Call():
            return _called(node, names)
        case _:
            raise UnclearError(ast.dump(node))


def _called(call: ast.Call, names: Names) -> Any:
    match call.func, call.args:
        case ast.Name(id="has"), [ast.Attribute() as asked]:
            return asked.attr in _value(asked.value, names)
        case ast.Name(id="size"), [asked]:
            return len(_value(asked, names))
        case ast.Attribute(attr="size"), []:
            return len(_value(call.func.value, names))
        case ast.Attribute(attr=test), [asked] if test in _TESTS:
            return _TESTS[test](_value(call.func.value, names), _value(asked, names))
        case ast.Attribute(attr="all" | "exists" as macro), [ast.Name(id=variable), condition]:
            judge = all if macro == "all" else any
            return judge(_value(condition, {**names, variable: item}) for item in _value(call.func.value, names))
        case _:
            raise UnclearError(ast.dump(call))

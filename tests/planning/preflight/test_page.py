"""docs/preflight.md lists every finding, and every finding is shown on practice clusters."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
ROOMS = ("services/planning/preflight", "services/planning/images")
CODE = re.compile(r"[a-z]+(-[a-z]+)+|downgrade|drifted|owned")

_DECORATORS = {"condition", "shows"}


def _modules() -> Iterator[ast.Module]:
    for room in ROOMS:
        for path in sorted((ROOT / room).glob("*.py")):
            yield ast.parse(path.read_text())


def _texts(node: ast.AST | None, constants: dict[str, str]) -> Iterator[str]:
    match node:
        case ast.Constant(value=str() as text):
            yield text
        case ast.Name(id=name) if name in constants:
            yield constants[name]
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body, constants)
            yield from _texts(orelse, constants)
        case ast.Tuple(elts=[first, *_]):
            yield from _texts(first, constants)
        case _:
            return


def _codes() -> set[str]:
    """Whatever is given as a `code`, or comes first in what a part of pre-flight yields, returns or hands on."""
    modules = list(_modules())
    constants = {
        target.id: node.value.value
        for module in modules
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found: set[str] = set()
    for node in (each for module in modules for each in ast.walk(module)):
        match node:
            case ast.keyword(arg="code", value=value):
                found |= {*_texts(value, constants)}
            case ast.Assign(targets=[ast.Name(id="code")], value=value):
                found |= {*_texts(value, constants)}
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id="code"), *_])], value=value):
                found |= {*_texts(value, constants)}
            case ast.Yield(value=ast.Tuple() as value) | ast.Return(value=ast.Tuple() as value):
                found |= {*_texts(value, constants)}
            case ast.Call(func=ast.Name(id="_problem"), args=[first, *_]):
                found |= {*_texts(first, constants)}
            case _:
                continue
    return {code for code in found if CODE.fullmatch(code)}


def test_every_finding_is_on_the_page():
    page = (ROOT / "docs" / "preflight.md").read_text()
    listed = set(re.findall(r"`([a-z-]+)`", page))
    codes = _codes()
    assert {
        "quota-stalls-rollout",
        "no-pods",
        "missing-reference",
        "owned",
        "image-platform",
        "source-failing",
    } <= codes
    assert codes - listed == set()


def test_every_row_of_the_page_is_a_finding():
    page = (ROOT / "docs" / "preflight.md").read_text()
    first_cells = re.findall(r"^\| (`[^|]+) \|", page, flags=re.MULTILINE)
    rows = {code for cell in first_cells for code in re.findall(r"`([a-z-]+)`", cell)}
    assert len(rows) > len(first_cells) > 0
    assert rows - _codes() == set()


def _shown() -> set[str]:
    """The findings that a test on practice clusters is decorated with, or for which a condition is."""
    shown: set[str] = set()
    for path in (ROOT / "tests").rglob("*.py"):
        text = path.read_text()
        if "support.findings import" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for each in node.decorator_list:
                if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id in _DECORATORS:
                    shown |= {text for argument in each.args for text in _texts(argument, {})}
    return shown


def test_every_finding_is_shown_on_practice_clusters():
    page = (ROOT / "docs" / "preflight.md").read_text()
    first_cells = re.findall(r"^\| (`[^|]+) \|", page, flags=re.MULTILINE)
    findings = {code for cell in first_cells for code in re.findall(r"`([a-z-]+)`", cell)}
    assert findings - _shown() == set()

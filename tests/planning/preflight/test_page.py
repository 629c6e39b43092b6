"""docs/preflight.md lists every finding, and every finding is shown on practice clusters."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from services.planning.preflight.configuration_gap import BRING_KEYS, TYPE_KEYS
from services.planning.preflight.remedies import (
    ABOUT_CONTAINERS,
    ABOUT_WORKLOADS,
    CHOOSE_SOURCE_CLUSTER,
    LEAVE_OUT,
    SOURCE_SKEW,
)

ROOT = Path(__file__).parents[3]
ROOMS = (
    "services/planning/preflight",
    "services/planning/images",
    "services/planning/helm",
    "services/planning/argocd",
    "services/planning/flux",
)
CODE = re.compile(r"[a-z]+(-[a-z]+)+|downgrade|drifted|owned")

REMEDIES = {BRING_KEYS, TYPE_KEYS, CHOOSE_SOURCE_CLUSTER, LEAVE_OUT}
REMEDIED = ABOUT_WORKLOADS | ABOUT_CONTAINERS | {SOURCE_SKEW, "reads-former-configuration"}

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
    """Whatever is given as a `code`, or comes first in what a part of pre-flight yields, returns or hands on.

    Of the remedies, which have codes as well, none.
    """
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
    return {code for code in found if CODE.fullmatch(code)} - REMEDIES


def _page() -> tuple[str, str]:
    """The page without what it says of findings that have no remedy, and that."""
    before, _, rest = (ROOT / "docs" / "preflight.md").read_text().partition("The other findings have none of these")
    without, _, after = rest.partition("\n## ")
    return before + after, without


def _first_cells(text: str) -> set[str]:
    """The codes in the first column of its tables."""
    cells = re.findall(r"^\| (`[^|]+) \|", text, flags=re.MULTILINE)
    return {code for cell in cells for code in re.findall(r"`([a-z-]+)`", cell)}


def test_every_finding_is_on_the_page():
    page, _ = _page()
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
    page, _ = _page()
    rows = _first_cells(page)
    assert {"downgrade", "source-failing", "source-rolling-out"} <= rows
    assert rows - _codes() == set()


def test_every_finding_has_a_remedy_or_the_page_says_why_it_has_none():
    _, without = _page()
    reasoned = _first_cells(without)
    assert reasoned & REMEDIED == set()
    assert _codes() == reasoned | REMEDIED


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
    page, _ = _page()
    assert _first_cells(page) - _shown() == set()

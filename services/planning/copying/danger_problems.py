"""What a copy would bring to the target that only an administrator may allow. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.checks import CopyTarget, problem
from services.planning.copying.consents import is_administrators
from services.planning.dangers.dangers import new_dangers


def danger_problems(target: CopyTarget, desired: Manifest, live: Manifest | None) -> Iterator[Problem]:
    """One problem for each kind of danger that the write brings; it blocks, and warns where it is allowed.

    What the live object holds already is no news, and blocks nothing.
    """
    found = new_dangers(desired, live, namespace=target.namespace)
    for danger, each in groupby(found, key=lambda one: one.danger):
        several = tuple(each)
        allowed = danger in target.consents
        what = ", ".join(f"{one.what} ({one.path})" for one in several)
        yield replace(
            problem(
                target,
                desired,
                f"danger-{danger}",
                Severity.WARNS if allowed else Severity.BLOCKS,
                f"{desired.id.label} {what}.{'' if allowed else f' {how_to_allow(danger)}'}",
                several[0].path,
            ),
            consent=danger.value,
        )


def how_to_allow(consent: str) -> str:
    """Who may give the consent, and how, in a sentence."""
    if is_administrators(consent):
        return f"An administrator can allow it with the consent '{consent}', or for good in the environment's policy."
    return f"Allow it with the consent '{consent}'."

"""Writes docs/registries.md, the page on setting registries up: `python -m services.registry.formats.page`."""

import itertools
import sys
from collections.abc import Iterator

from services.registry.formats import FORMATS, Format
from services.registry.formats.format import CODE

_HEAD = """\
# Registries that report pushed images

<!-- Written by `make registries` from services/registry/formats; change it there. -->

A receiver is an address at which an image registry reports that a tag was pushed. Create one for the provider
(`POST /api/v1/receivers`), keep the secret that is shown once, and set the registry up with the steps below, in which
`{address}` and `{secret}` stand for the receiver's. `POST /api/v1/receivers/{receiver}/test` shows the outcome of a
report without storing it.

A report is a hint: Stagecoach resolves the tag at the registry and deploys what that returns. So a report that is
repeated, late, out of order or forged deploys nothing that is not in the registry. A registry that is not stored is
asked without a credential; what it does not confirm to be an image is offered on `manual`, and refused on `auto`. A
report that contradicts itself about the image is unreadable. Where no push may be missed, poll
the repository as well: few registries retry for long, and some report nothing when a tag is moved.

While a secret is rotated, the previous one is accepted too, until the time that the rotation named. Pulls, deletions,
pushes without a tag, the platforms of an image, signatures, SBOMs and charts are recorded as ignored, with the reason.

| provider | proof | the secret is in |
| --- | --- | --- |
"""


def page() -> str:
    """The whole page, in Markdown."""
    formats = FORMATS.values()
    return _HEAD + "".join(map(_row, formats)) + "".join(map(_section, formats))


def _row(form: Format) -> str:
    proof = form.proof
    where = "the address" if proof.secret_in_address else "the registry's configuration"
    return f"| [{form.title}](#{form.provider}) | {proof.kind} | {where if proof.needs_secret else 'not used'} |\n"


def _section(form: Format) -> str:
    return "".join(_lines(form))


def _lines(form: Format) -> Iterator[str]:
    yield f'\n<a id="{form.provider}"></a>\n\n## {form.title}\n\n'
    yield f"Provider `{form.provider}`. {form.proof.sentence}\n\n"
    if form.proof.lacks:
        yield f"**Not protected:** {form.proof.lacks}\n\n"
    if form.settings:
        needed = ["`" + "` or `".join(choice) + "`" for choice in form.needs]
        yield f"Settings: {', '.join(f'`{name}`' for name in form.settings)}"
        yield f"; needed: {', '.join(needed)}.\n\n" if needed else ".\n\n"
    for number, step in enumerate(form.setup, start=1):
        yield f"{number}. {_step(step)}\n"


def _step(step: str) -> str:
    """The step as an item of a numbered list, with lines to copy in paragraphs of their own."""
    lines = step.splitlines()
    item = lines[0]
    for former, line in itertools.pairwise(lines):
        gap = "\n" if line.startswith(CODE) and former.startswith(CODE) else "\n\n"
        item += f"{gap}   {line}"
    return item + ("\n" if len(lines) > 1 else "")


if __name__ == "__main__":
    sys.stdout.write(page())

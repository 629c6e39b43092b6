"""What Helm does to a release: render an upgrade, make it, and free a release that a killed Helm has left pending."""

import json
from collections.abc import Mapping
from typing import Any

from services.helm.errors import HelmFailedError
from services.helm.program import HelmAnswer, HelmProgram
from services.json_bounds import parse
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterCredential
from services.planning.helm.charts import chart_archive
from services.planning.helm.records import OPERATION_LABEL, Revision, revision_in, templated
from services.planning.helm.value_search import without_values
from services.planning.objects.helm_records import ReleaseName

_SHOWN = 400  # characters of what Helm says


class HelmReleases:
    """The releases on a cluster, through its credential."""

    def __init__(self, program: HelmProgram) -> None:
        self._program = program

    async def render(
        self,
        release: ReleaseName,
        base: Revision,
        config: Mapping[str, Any],
        credential: ClusterCredential,
        *,
        deadline: Deadline,
    ) -> Revision:
        """The revision that an upgrade of `base` to these values would make. Changes nothing.

        While a release is pending, Helm refuses even the dry run of an upgrade. It is rendered beside the release then,
        as an upgrade, but as of revision 1, which a chart may tell apart.

        Raises `HelmMissingError`, `HelmFailedError`, `ChartNotRebuiltError`.
        """
        if base.pending:
            return await self._template(release, base, config, credential, deadline=deadline)
        flags = ("--dry-run=server", "--output=json")
        answer = await self._upgrade(release, base, config, credential, flags=flags, deadline=deadline)
        try:
            return revision_in(parse(answer.output))
        except ValueError:
            raise HelmFailedError(f"Helm's render of the release {release.name} cannot be read.") from None

    async def upgrade(
        self,
        release: ReleaseName,
        base: Revision,
        config: Mapping[str, Any],
        credential: ClusterCredential,
        *,
        operation: str,
        deadline: Deadline,
    ) -> None:
        """Upgrade, with hooks; nothing is waited for but these. Raises as `render`."""
        flags = (f"--labels={OPERATION_LABEL}={operation}", f"--timeout={max(1, int(deadline.left()))}s")
        await self._upgrade(release, base, config, credential, flags=flags, deadline=deadline)

    async def free(
        self, release: ReleaseName, revision: Revision, credential: ClusterCredential, *, deadline: Deadline
    ) -> None:
        """Roll the release back to a revision. Raises `HelmMissingError`, `HelmFailedError`."""
        arguments = ("rollback", release.name, str(revision.number), f"--namespace={release.namespace}")
        self._require_done(release, revision, await self._program.run(arguments, credential, deadline=deadline))

    async def _template(
        self,
        release: ReleaseName,
        base: Revision,
        config: Mapping[str, Any],
        credential: ClusterCredential,
        *,
        deadline: Deadline,
    ) -> Revision:
        fixed = (f"--namespace={release.namespace}", "--values={values}", "--is-upgrade", "--dry-run=server")
        answer = await self._program.run(
            ("template", release.name, "{chart}", *fixed),
            credential,
            chart=chart_archive(base.chart),
            values=json.dumps(config).encode(),
            deadline=deadline,
        )
        self._require_done(release, base, answer)
        try:
            return templated(answer.output.decode(), base, config)
        except ValueError:
            raise HelmFailedError(f"Helm's render of the release {release.name} cannot be read.") from None

    async def _upgrade(
        self,
        release: ReleaseName,
        base: Revision,
        config: Mapping[str, Any],
        credential: ClusterCredential,
        *,
        flags: tuple[str, ...],
        deadline: Deadline,
    ) -> HelmAnswer:
        # All values that people gave, and none that the last upgrade had: what is rendered is what is asked for.
        fixed = (f"--namespace={release.namespace}", "--reset-values", "--values={values}", "--hide-notes")
        answer = await self._program.run(
            ("upgrade", release.name, "{chart}", *fixed, *flags),
            credential,
            chart=chart_archive(base.chart),
            values=json.dumps(config).encode(),
            deadline=deadline,
        )
        self._require_done(release, base, answer)
        return answer

    @staticmethod
    def _require_done(release: ReleaseName, base: Revision, answer: HelmAnswer) -> None:
        if answer.code != 0:
            secrets = {"chart": base.chart.get("values") or {}, "given": base.config}
            said = without_values(" ".join(answer.error.split()), secrets)[-_SHOWN:]
            raise HelmFailedError(f"Helm failed at the release {release.name} in {release.namespace}: {said}")

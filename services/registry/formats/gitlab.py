"""GitLab's container registry, self-managed: a distribution registry with notifications of the whole instance."""

from domain.words import Provider
from services.registry.formats.distribution import parse
from services.registry.formats.format import REPLAYABLE, Format, written
from services.registry.proof import ProofDescription, ProofKind, SecretInHeader

FORMAT = Format(
    provider=Provider.GITLAB,
    title="GitLab (self-managed)",
    proof=ProofDescription(
        kind=ProofKind.HEADER,
        sentence="The registry sends the secret in the header Authorization, as GitLab's configuration says.",
        lacks=REPLAYABLE,
    ),
    setup=written(
        """
        GitLab.com cannot report pushes: let a CI job report them, with a receiver of the plain form.

        Add to /etc/gitlab/gitlab.rb, next to existing entries of the list:
            registry['notifications'] = [
              {
                'name' => 'stagecoach',
                'url' => '{address}',
                'timeout' => '5s',
                'maxretries' => 5,
                'backoff' => '10s',
                'headers' => { 'Authorization' => ['Bearer {secret}'] }
              }
            ]

        Apply it:
            gitlab-ctl reconfigure
        The registry reports the pushes of all projects; those of images that no app environment runs are only recorded.
        """
    ),
    prover=SecretInHeader(),
    reader=parse,
    settings=("registry",),
)

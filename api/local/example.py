"""The example: three environments on four practice clusters, `shop` in the first, and a token for this machine's user.

Everything is created once. What the user has renamed or deleted since is not created again.
"""

import getpass
import os
from pathlib import Path

from api.container import Container
from api.local.practice import NAMES
from domain.words import DeployMode, Pin, Role
from services.changes.adopting import AdoptRequest
from services.errors import NotFoundError, UnauthenticatedError
from services.inventory.clusters import ClusterChanges, NewCredential, Registration
from services.inventory.environments import NewEnvironment
from services.people.access import Proof, system_actor
from services.reading.permissions import Permissions

_ACTOR = system_actor("make run")
_ENVIRONMENTS = {"Development": NAMES[:1], "Staging": NAMES[1:2], "Production": NAMES[2:]}
_LABELS = {"prod-eu": {"region": "eu"}, "prod-us": {"region": "us"}}


async def set_up(container: Container, kubeconfigs: dict[str, str], folder: Path) -> None:
    """Register, create and adopt the parts of the example; at later starts only renew the credentials."""
    done = folder / "practice" / "example"
    for name, kubeconfig in kubeconfigs.items():
        await _register(container, name, kubeconfig, anew=not done.exists())
    if done.exists():
        return
    grant = Permissions.administration(_ACTOR)
    for name, clusters in _ENVIRONMENTS.items():
        await container.environments.add(
            grant,
            NewEnvironment(
                name=name,
                clusters=clusters,
                default_namespace="shop",
                deploy_mode=DeployMode.MANUAL,
                pin=Pin.DIGEST,
                namespaces=("*",),
            ),
        )
    await container.applications.add(
        "shop", description="The example application of the practice clusters", actor=_ACTOR
    )
    await container.adopting.adopt("shop", "Development", AdoptRequest(namespace="shop"), actor=_ACTOR)
    done.touch()


async def machine_token(container: Container, folder: Path) -> str:
    """This user's administrator token: the one in `folder/token` if it is valid, or a new one written there (0600)."""
    file = folder / "token"
    if file.exists():
        kept = file.read_text().strip()
        try:
            await container.access.actor(Proof(secret=kept, by="token"))
        except UnauthenticatedError:
            pass  # of another database, or revoked
        else:
            return kept
    name = f"{getpass.getuser()} {os.urandom(3).hex()}"
    issued = await container.access.issue(name=name, role=Role.ADMIN, expires_at=None, actor=_ACTOR)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        opened.write(issued.secret + "\n")
    return issued.secret


async def _register(container: Container, name: str, kubeconfig: str, *, anew: bool) -> None:
    credential = NewCredential(kubeconfig=kubeconfig)
    try:
        found = await container.clusters.get(Permissions.listing(_ACTOR), name)
    except NotFoundError:
        if anew:
            await container.clusters.register(
                Permissions.administration(_ACTOR),
                Registration(name=name, labels=_LABELS.get(name, {}), credential=credential),
            )
        return
    if found.server is None or found.server not in kubeconfig:
        await container.clusters.update(Permissions.administration(_ACTOR), name, ClusterChanges(credential=credential))

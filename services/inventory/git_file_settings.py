"""What has to hold of the files and of the folder that an app environment is delivered from, before they are set.

A stored repository belongs to no application, and is written with a credential that its administrators entered. So
whoever names a place in one administers the installation; whoever administers the app environment alone may keep it.
"""

from collections.abc import Iterable

from db.records.inventory import AppEnvironmentRecord
from db.transaction import Transaction
from domain.grants import Actor
from domain.stored.git_files import GitFile
from domain.stored.git_folders import GitFolder
from domain.stored.image_deliveries import ImageDeliveries, WorkloadDelivery
from domain.words import FileForm, ImageDelivery
from services.errors import InvalidRequestError
from services.reading.permissions import Permissions


async def require_files(
    tx: Transaction, record: AppEnvironmentRecord, deliveries: ImageDeliveries, actor: Actor
) -> None:
    """Raises `InvalidRequestError`, and `ForbiddenError` where a file is new that the actor may not name."""
    if deliveries.owned is ImageDelivery.GIT:
        raise InvalidRequestError(
            "Each workload has a file of its own, or a place of its own in one: set 'git' for single workloads, under "
            "'workloads'.",
            field="$.owned",
        )
    for index, each in enumerate(deliveries.workloads):
        field = f"$.workloads[{index}].file"
        _require_whole(each, record, field)
        if each.file is None or each.file == record.deliveries.file_of(each.workload):
            continue
        Permissions.administration(actor)
        if await tx.git_repositories.find(each.file.repository) is None:
            raise InvalidRequestError(f"There is no Git repository '{each.file.repository}'.", field=field)


async def require_folder(tx: Transaction, record: AppEnvironmentRecord, folder: GitFolder | None, actor: Actor) -> None:
    """Raises `InvalidRequestError`, and `ForbiddenError` where it is a new one that the actor may not name."""
    if folder is None or folder == record.git_folder:
        return
    Permissions.administration(actor)
    if await tx.git_repositories.find(folder.repository) is None:
        raise InvalidRequestError(f"There is no Git repository '{folder.repository}'.", field="$.repository")
    _require_clusters(folder.paths, record, "$.paths")


def _require_clusters(paths: Iterable[str], record: AppEnvironmentRecord, field: str) -> None:
    clusters = {cluster.name for cluster in record.environment.clusters}
    if unknown := sorted(set(paths) - clusters):
        raise InvalidRequestError(f"'{record.environment.name}' has no cluster '{unknown[0]}'.", field=field)


def _require_whole(each: WorkloadDelivery, record: AppEnvironmentRecord, field: str) -> None:
    if (each.delivery is ImageDelivery.GIT) != (each.file is not None):
        raise InvalidRequestError("The delivery 'git' takes a file, and no other delivery does.", field=field)
    if each.file is None:
        return
    _require_form(each.file, field)
    _require_clusters(each.file.paths, record, field)


def _require_form(file: GitFile, field: str) -> None:
    if (file.form is FileForm.VALUES) != bool(file.values):
        raise InvalidRequestError(
            "A file of the form 'values' takes the places of its images in 'values', and no other form does.",
            field=field,
        )
    containers = [each.container for each in file.values]
    if len(set(containers)) < len(containers):
        raise InvalidRequestError("A container is named twice in 'values'.", field=field)

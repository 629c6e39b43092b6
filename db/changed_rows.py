"""Which rows have changed, as triggers of the migrations tell by their ids, whichever process changed them."""

from collections.abc import Callable
from typing import Final

from domain.changed_rows import ChangedRow

CHANGES: Final = "stagecoach_changes"

# The ids that are told of a row of each table, in their order: members of `ChangedRow`. Tests compare the tables with
# the triggers.
COLUMNS: Final = {
    "applications": ("application",),
    "environments": ("environment",),
    "environment_clusters": ("environment",),
    "environment_namespaces": ("environment",),
    "clusters": ("cluster",),
    "app_environments": ("app_environment",),
    "app_environment_resources": ("app_environment",),
    "operations": ("app_environment", "id"),
    "releases": ("app_environment", "id"),
    "image_push_verdicts": ("app_environment",),
    "image_pushes": ("app_environment",),
    "proposals": ("app_environment", "id"),
    "proposal_votes": ("app_environment", "id"),
    "holds": ("environment", "application", "id"),
    "stops": ("environment", "cluster", "id"),
    "freezes": ("id",),
    "approval_policies": ("environment",),
    "divergences": ("app_environment",),
    "receivers": ("application", "id"),
    "deliveries": ("application", "id"),
    "registries": (),
    "polls": (),
    "channels": (),
    "notification_routes": (),
    "outbox": ("id",),
    "people": (),
    "sign_ins": ("subject",),
    "tokens": ("subject", "owner"),
    "service_accounts": ("owner",),
    "trusts": (),
    "bindings": (),
    "app_environment_events": ("app_environment",),
    "git_repositories": (),
    "declared_kinds": (),
    "expected_differences": ("application", "environment"),  # told of each of the two environments
    "application_group_members": ("application",),
    "promotion_sets": ("app_environment",),  # told of each member's
}


class RowFeed:
    """What a `Listener` hears of changed rows. `missed` is called whenever rows may have changed of which nothing was
    told: as it is connected, and as the connection is lost.
    """

    def __init__(self, *, changed: Callable[[ChangedRow], None], missed: Callable[[], None]) -> None:
        self._changed = changed
        self._missed = missed
        self.connected = False

    def begin(self) -> None:
        self.connected = True
        self._missed()

    def hear(self, payload: str) -> None:
        """The next release may tell of tables, or of ids, that this one does not know."""
        table, *ids = payload.split(" ")
        columns = COLUMNS.get(table)
        if columns is not None:
            found = {column: None if value == "-" else value for column, value in zip(columns, ids, strict=False)}
            self._changed(ChangedRow(table=table, **found))

    def end(self) -> None:
        self.connected = False
        self._missed()

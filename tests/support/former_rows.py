"""The rows of operations exactly as the former release wrote them: tests/domain/rows holds one document an operation.

That release's own code wrote each of them, on practice clusters. They stay as they are when a stored form changes.
"""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import text

from db.base import new_id
from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database

_FOLDER = Path(__file__).parent.parent / "domain" / "rows"
NAMES = tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))

_OPERATION = text("""
    INSERT INTO operations
        (id, kind, state, app_environment_id, source_app_environment_id, actor, request, plan, plan_digest, on_failure,
         secret_names, waves, started_at, ended_at)
    VALUES
        (:id, :kind, :state, :target, :source, 'ann', :request, :plan, :plan_digest, :on_failure,
         :secret_names, :waves, now(), CASE WHEN :ended THEN now() END)
""")
_CLUSTER = text("""
    INSERT INTO operation_clusters
        (operation_id, position, cluster_id, cluster_name, wave, phase, outcome, code, before, expected)
    VALUES (:id, :position, :cluster, :name, :wave, :phase, :outcome, :code, :before, :expected)
""")


def former_row(name: str) -> dict[str, Any]:
    """An operation with its clusters and, where it left one, its release."""
    document: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text())
    return document


async def insert_former_row(
    database: Database,
    name: str,
    target: AppEnvironmentRecord,
    *,
    source: AppEnvironmentRecord | None = None,
    state: str = "failed",
    phases: dict[str, str] | None = None,
) -> str:
    """The operation's id; its clusters are those of the target that have the same names.

    `phases` are of the clusters that have not ended, for an operation whose process died.
    """
    row, operation_id = former_row(name), new_id()
    clusters = {each.name: each.id for each in target.environment.clusters}
    async with database.engine.begin() as connection:
        await connection.execute(
            _OPERATION,
            {
                "id": operation_id,
                "kind": row["kind"],
                "state": state,
                "ended": state not in {"queued", "running"},
                "target": target.id,
                "source": source.id if source else None,
                "request": json.dumps(row["request"]),
                "plan": json.dumps(row["plan"]),
                "plan_digest": row["plan_digest"],
                "on_failure": row["on_failure"],
                "secret_names": json.dumps(row["secret_names"]),
                "waves": row["waves"],
            },
        )
        for position, cluster in enumerate(row["clusters"]):
            phase = (phases or {}).get(cluster["cluster_name"], "ended")
            await connection.execute(
                _CLUSTER,
                {
                    "id": operation_id,
                    "position": position,
                    "cluster": clusters[cluster["cluster_name"]],
                    "name": cluster["cluster_name"],
                    "wave": cluster["wave"],
                    "phase": phase,
                    "outcome": cluster["outcome"] if phase == "ended" else None,
                    "code": cluster["code"] if phase == "ended" else None,
                    "before": _or_null(cluster["before"]),
                    "expected": _or_null(cluster["expected"]),
                },
            )
    return operation_id


def _or_null(document: object) -> str | None:
    return None if document is None else json.dumps(document)

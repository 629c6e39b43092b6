"""Entries of the audit as a batch of CloudEvents
(https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md#4-json-batch-format).
"""

import json
from collections.abc import Sequence

from domain.audit import AuditRecord

CONTENT_TYPE = "application/cloudevents-batch+json; charset=utf-8"
_TYPE = "stagecoach.audit.written"


def batch_id(entries: Sequence[AuditRecord]) -> str:
    """The same at each try of the same entries."""
    return f"audit-{entries[0].seq}-{entries[-1].seq}"


def batch_of(entries: Sequence[AuditRecord], *, source: str) -> bytes:
    """An event for each entry, whose id stays when it is sent again in another batch: receivers drop what they have."""
    events = [
        {
            "specversion": "1.0",
            "id": f"audit-{each.seq}",
            "source": source,
            "type": _TYPE,
            "subject": each.action,
            "time": each.document()["at"],
            "datacontenttype": "application/json",
            "data": each.document(),
        }
        for each in entries
    ]
    return json.dumps(events, ensure_ascii=False, separators=(",", ":")).encode()

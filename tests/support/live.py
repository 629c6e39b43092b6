"""Records of objects, as a watch gives them."""

import json
from typing import Any

from domain.resources import Kind
from services.planning.live.records import LiveRecord, read_event


def record_of(body: dict[str, Any]) -> LiveRecord:
    kind = Kind.of(body["apiVersion"], body["kind"])
    record = read_event(kind, json.dumps({"type": "MODIFIED", "object": body}).encode()).record
    assert record is not None
    return record

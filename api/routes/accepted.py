"""The response to a request that starts an operation: 202, the operation, and its address."""

from fastapi import Response

from db.records.operations import OperationRecord


def accepted(response: Response, operation: OperationRecord) -> OperationRecord:
    response.headers["Location"] = f"/api/v1/operations/{operation.id}"
    return operation

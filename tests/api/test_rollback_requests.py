"""What a request for a rollback may name: a release or an operation, and containers."""

import pytest
from pydantic import ValidationError

from api.schemas.promotions import RollbackRequest
from domain.stored.requests import RollbackRequest as StoredRequest

SETTINGS = {"api_version": "v1", "kind": "ConfigMap", "name": "settings"}
WEB = {"workload": {"api_version": "apps/v1", "kind": "Deployment", "name": "web"}, "container": "web"}


@pytest.mark.parametrize("body", [{}, {"release": 1, "operation": "an-id"}, {"release": 0}, {"operation": ""}])
def test_it_names_either_a_release_or_an_operation(body):
    with pytest.raises(ValidationError):
        RollbackRequest.model_validate(body)


@pytest.mark.parametrize(
    "body",
    [
        {"release": 3},
        {"operation": "an-id"},
        {"operation": "an-id", "containers": [WEB]},
        {"release": 3, "clusters": ["prod-eu"]},
        {"release": 3, "with_configuration": True, "objects": [SETTINGS]},
        {"release": 3, "preempt": True, "hold_until": "2100-01-01T00:00:00Z"},
        {"operation": "an-id", "full_soak": True},
    ],
)
def test_what_it_names_is_stored_and_read_again(body):
    request = RollbackRequest.model_validate(body).to_request()
    assert (request.release, request.operation) == (body.get("release"), body.get("operation"))
    assert StoredRequest.from_json(request.to_json()) == request
    assert bool(request.containers) is ("containers" in body)
    assert bool(request.clusters) is ("clusters" in body)
    assert request.full_soak is ("full_soak" in body)


@pytest.mark.parametrize(
    "body", [{"operation": "an-id", "with_configuration": True}, {"release": 1, "objects": [SETTINGS]}]
)
def test_configuration_is_put_back_from_a_release_and_objects_with_it_alone(body):
    with pytest.raises(ValidationError):
        RollbackRequest.model_validate(body)

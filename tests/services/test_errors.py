from services.errors import (
    AlreadyConfiguredError,
    InUseError,
    InvalidRequestError,
    NameTakenError,
    NotFoundError,
    OperationUnderwayError,
    TooManyRequestsError,
)


def test_what_an_operation_uses_is_free_when_it_ends():
    assert InUseError("application", "shop", ["operation 1"]).detail.endswith(
        "Wait until that has ended, or cancel it."
    )
    assert InUseError("cluster", "eu", ["environment Production"]).detail.endswith("Remove it there first.")


def test_an_environment_has_its_article():
    assert NameTakenError("environment", "Staging").detail == "There is already an environment named 'Staging'."


def test_attributes_enter_the_problem_document_under_the_contracts_names():
    assert NotFoundError("cluster", "eu").members() == {"what": "cluster", "name": "eu"}
    assert InUseError("cluster", "eu", ["environment Production"]).members() == {
        "what": "cluster",
        "name": "eu",
        "used_by": ["environment Production"],
    }
    assert TooManyRequestsError("Slow down.", retry_after_seconds=3).members() == {"retry_after_seconds": 3}


def test_an_attribute_that_is_not_known_is_no_member():
    assert InvalidRequestError("Nothing was sent.").members() == {}
    assert OperationUnderwayError("It ended meanwhile.", operation=None).members() == {}
    assert AlreadyConfiguredError("It is configured.").members() == {}

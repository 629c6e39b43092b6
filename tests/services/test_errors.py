from services.errors import InUseError, NameTakenError


def test_what_an_operation_uses_is_to_be_waited_for():
    assert InUseError("application", "shop", ["operation 1"]).detail.endswith(
        "Wait until that has ended, or cancel it."
    )
    assert InUseError("cluster", "eu", ["environment Production"]).detail.endswith("Remove it there first.")


def test_an_environment_has_its_article():
    assert NameTakenError("environment", "Staging").detail == "There is already an environment named 'Staging'."

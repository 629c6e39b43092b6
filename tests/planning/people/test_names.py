"""Names that would let history tell a lie are refused."""

import pytest

from services.planning.people.names import name_fault


@pytest.mark.parametrize("name", ["ci of shop", "Ada", "deploy-bot", "Zoë 2", "poller", "receiver7", "日本", "x" * 100])
def test_ordinary_names_are_taken(name: str):
    assert name_fault(name) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "1 to 100"),
        ("x" * 101, "1 to 100"),
        ("ada ", "spaces"),
        (" ada", "spaces"),
        ("ada  b", "spaces"),
        ("ada\u00a0b", "spaces"),
        ("ada\u3000", "spaces"),
        ("ada\n", "line breaks"),
        ("ada\r\nroot", "line breaks"),
        ("ada\u2028root", "line breaks"),
        ("ada\x00", "control"),
        ("ada\x1b[31m", "control"),
        ("ada\u202eadmin", "cannot be seen"),
        ("ad\u200ba", "cannot be seen"),
        ("poll", "Stagecoach itself"),
        ("Poll", "Stagecoach itself"),
        ("receiver 7", "Stagecoach itself"),
        ("RECEIVER harbor", "Stagecoach itself"),
        ("\uff50\uff4f\uff4c\uff4c", "Stagecoach itself"),
        ("command line", "Stagecoach itself"),
        ("auto-deploy", "Stagecoach itself"),
    ],
)
def test_names_that_pretend_or_hide_something_are_refused(name: str, said: str):
    fault = name_fault(name)
    assert fault is not None
    assert said in fault

"""Grants are made in one place."""

import re
import subprocess
from pathlib import Path

import pytest

from domain.grants import AdminGrant, Seal
from tests.support.actors import ANN

_ROOT = Path(__file__).parents[2]


def test_only_the_check_of_rights_takes_the_seal_of_grants():
    files = subprocess.run(
        ["git", "ls-files", "api", "services", "db", "domain"], cwd=_ROOT, capture_output=True, text=True, check=True
    )
    users = {
        path
        for path in files.stdout.split()
        if path.endswith(".py") and re.search(r"\bSEAL\b", (_ROOT / path).read_text())
    }
    assert users == {"domain/grants.py", "services/reading/permissions.py"}


def test_a_grant_without_the_seal_is_none():
    with pytest.raises(TypeError, match="makes grants"):
        AdminGrant(actor=ANN, seal=Seal())

from pathlib import Path

import pytest

from api.what_tools_write import page
from services.planning.copying.refusal_rules import REFUSAL_RULES
from services.planning.tools.table import TABLE

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "what-tools-write.md"


def test_the_page_is_what_the_tables_say():
    assert _PAGE.read_text() == page(), "make tools"


@pytest.mark.parametrize("entry", [*TABLE, *REFUSAL_RULES], ids=lambda entry: getattr(entry, "id", "") or entry.name)
def test_every_row_names_its_tool_and_its_source(entry):
    assert entry.tool
    assert entry.source.startswith("https://")

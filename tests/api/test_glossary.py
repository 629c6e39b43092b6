"""Each word has one meaning, and the page and the contract give the same one."""

import json
from collections import Counter
from pathlib import Path

from api.glossary import contract_words, page, words
from tests.support.service import CONTRACT

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "glossary.md"


def test_the_page_is_what_the_glossary_says():
    assert _PAGE.read_text() == page(), "make glossary"


def test_the_contract_holds_the_public_words():
    assert json.loads(CONTRACT.read_text())["info"]["description"].endswith(contract_words())


def test_no_word_is_defined_twice():
    counts = Counter(part for word in words() for part in word.split(", "))
    assert [word for word, count in counts.items() if count > 1] == []


def test_parts_of_the_code_stay_out_of_the_contract():
    assert "work queue" in page()
    assert "work queue" not in contract_words()

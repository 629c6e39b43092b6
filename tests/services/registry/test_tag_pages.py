"""The next page of a list of tags, and what is no tag in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from services.registry.errors import RegistryMalformedError, Subject
from services.registry.tag_pages import next_page, read_tags

SUBJECT = Subject(host="registry.example", repository="shop/web")
HERE = URL("https://registry.example/v2/shop/web/tags/list?n=1000")
THERE = URL("https://registry.example/v2/shop/web/tags/list?last=a&n=1000")


@pytest.mark.parametrize(
    "headers",
    [
        ['</v2/_catalog>; rel="help"', '<?last=a&n=1000>; rel="next"'],
        ['<?last=z>; rel="prev", <?last=a&n=1000>; rel="next"'],
        ['<https://internal:5000/x?last=a&n=1000>; rel="next", <?last=q>; rel="last"'],
    ],
)
def test_the_next_page_is_found_among_several_headers_and_links(headers: list[str]):
    assert next_page(headers, current=HERE, subject=SUBJECT) == THERE


@pytest.mark.parametrize(
    "headers", [[], [""], ['<?last=a>; rel="prev"'], ["nonsense"], ['<?last=a>; title="rel=next"']]
)
def test_without_a_link_to_the_next_page_there_is_none(headers: list[str]):
    assert next_page(headers, current=HERE, subject=SUBJECT) is None


def test_a_link_that_says_nothing_of_the_next_page_is_no_end():
    with pytest.raises(RegistryMalformedError, match="cannot be followed"):
        next_page(['</v2/shop/web/tags/list/2>; rel="next"'], current=HERE, subject=SUBJECT)


@given(st.lists(st.text(alphabet="<>;,=\"' relnxt?/a", max_size=60), max_size=3))
def test_whatever_stands_there_is_read_or_refused(headers: list[str]):
    try:
        found = next_page(headers, current=HERE, subject=SUBJECT)
    except RegistryMalformedError:
        return
    assert found is None or found.origin() == HERE.origin()


def test_entries_that_are_no_tags_are_passed_over():
    body = b'{"tags": ["1.0.0", "sha256:7e", "-ot-beta-jmx", null, 7, ["x"], {}, "", "a b", "1.1.0"]}'
    assert read_tags(body, SUBJECT) == ["1.0.0", "1.1.0"]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"tags": "x"}', b'{"tags": ' + b"[" * 100_000, b"\xff"])
def test_what_is_no_list_of_tags_is_said(body: bytes):
    with pytest.raises(RegistryMalformedError, match="not a list"):
        read_tags(body, SUBJECT)

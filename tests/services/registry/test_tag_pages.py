"""The next page of a list of tags, and what is no tag in it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from services.registry.errors import RegistryMalformedError, Subject
from services.registry.names import is_tag
from services.registry.tag_pages import next_page, require_tags, unlinked_page
from services.registry.tag_stream import TagPage

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


def read(*chunks: bytes, most: int = 50_000) -> TagPage:
    page = TagPage(most=most)
    for chunk in chunks:
        page.feed(chunk)
    return page


def test_entries_that_are_no_tags_are_passed_over():
    body = b'{"tags": ["1.0.0", "sha256:7e", "-ot-beta-jmx", null, 7, ["x"], {}, "", "a b", "1.1.0"]}'
    page = read(body)
    require_tags(page, SUBJECT)
    assert (page.tags, page.entries, page.last) == (["1.0.0", "1.1.0"], 10, "1.1.0")


@pytest.mark.parametrize("body", [b"", b"[]", b'{"tags": "x"}', b'{"tags": ' + b"[" * 100_000, b"\xff"])
def test_what_is_no_list_of_tags_is_said(body: bytes):
    with pytest.raises(RegistryMalformedError, match="not a list"):
        require_tags(read(body), SUBJECT)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=9,
)
_ENTRIES = st.from_regex(r"[\w][\w.-]{0,9}", fullmatch=True) | _VALUES
_BODIES = st.fixed_dictionaries(
    {"tags": st.lists(_ENTRIES, max_size=9) | st.none()}, optional={"a": _VALUES, "name": _VALUES}
)


@given(_BODIES, st.integers(1, 40), st.booleans(), st.sampled_from([None, 1]))
def test_a_page_in_chunks_is_read_as_the_whole_would_be(body, size: int, ascii_only: bool, indent: int | None):
    text = json.dumps(body, ensure_ascii=ascii_only, indent=indent).encode()
    page = read(*(text[at : at + size] for at in range(0, len(text), size)))
    assert page.whole
    assert page.tags == [each for each in body["tags"] or () if is_tag(each)]
    assert (page.is_null, page.entries) == (body["tags"] is None, len(body["tags"] or ()))
    assert not read(text[:-1]).whole
    assert not read(text, b",").whole


@pytest.mark.parametrize(
    "body",
    [
        b'{"tags": ["a",]}',
        b'{"tags": ["a" "b"]}',
        b'{"tags": ["a"]',
        b'{"tags": ["a"}]',
        b'{"tags": [a]}',
        b'{"tags": [,]}',
    ],
)
def test_a_list_that_is_no_json_is_no_list(body: bytes):
    with pytest.raises(RegistryMalformedError, match="not a list"):
        require_tags(read(body), SUBJECT)


def test_a_byte_order_mark_is_passed_over_and_what_stands_twice_counts_once():
    page = read(b"\xef", b'\xbb\xbf{"tags": ["a"], "x": [["b"]], "tags"', b': ["c"]}  ')
    assert (page.whole, page.tags) == (True, ["c"])


def test_a_page_keeps_what_it_may_and_nothing_of_what_it_waits_for():
    page = read(b'{"tags": [', *(b'"t%d",' % number for number in range(99)), most=9)
    assert (page.full, len(page.tags)) == (True, 10)
    assert read(b'{"name": "', *[b"x" * 1000] * 9).broken
    spaces = read(b'{"tags": ', *[b" " * 1000] * 9)
    assert not spaces.done
    assert spaces._left == b""


@pytest.mark.parametrize(
    ("count", "asked", "last"),
    [
        (1000, "1000", "999"),
        (1201, "1000", "1200"),
        (999, "1000", None),
        (100, "1000", "99"),
        (0, "1000", None),
        (7, "", None),
    ],
)
def test_a_page_that_seems_full_and_names_no_next_one_is_asked_on_by_its_last_tag(count, asked, last):
    page = read(json.dumps({"tags": [str(number) for number in range(count)]}).encode())
    found = unlinked_page(page, current=URL("https://registry.example/v2/a/tags/list").with_query(n=asked))
    assert (found.query.get("last") if found else None) == last
    assert found is None or found.query.get("n") == asked

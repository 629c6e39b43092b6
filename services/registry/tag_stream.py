"""Reads a page of a repository's tags while it arrives, chunk by chunk: only the tags are kept, and no body. Pure.

A page is `{"name": …, "tags": […]}`; some registries put all tags of a repository into one
(https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags). What else an answer holds is read
as JSON (RFC 8259), because one that is cut off or is no JSON must not pass for a short list.
"""

import json
import re
from enum import Enum, auto

from services.json_bounds import MAX_DEPTH
from services.registry.names import is_tag

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LONGEST_TOKEN = 4096  # a tag has up to 128 characters
_TOLD = frozenset({"name", "errors"})  # members that tell an empty list from an error
_TOKEN = re.compile(
    rb"""[ \t\n\r]*(?:
        (?P<mark>[\[\]{},:])
      | (?P<text>"(?:[^"\\\x00-\x1f]|\\.)*")
      | (?P<word>true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?=[ \t\n\r\]},])
    )""",
    re.VERBOSE,
)
# Many tags at once, each with the comma after it; a text with an escape is read by itself.
_RUN = re.compile(rb'(?:[ \t\n\r]*"[^"\\\x00-\x1f]*"[ \t\n\r]*,)+')
_TEXTS = re.compile(rb'"([^"]*)"')
_SPACE = b" \t\n\r"


class _Next(Enum):
    VALUE = auto()
    VALUE_OR_END = auto()  # after "["
    KEY = auto()
    KEY_OR_END = auto()  # after "{"
    COLON = auto()
    COMMA_OR_END = auto()
    NOTHING = auto()


class TagPage:
    """One page, fed in chunks. `most` is how many tags are kept before it is `full`, and reads no further."""

    def __init__(self, *, most: int) -> None:
        self.tags: list[str] = []
        self.entries = 0  # of the list, tags or not
        self.last: str | None = None  # the last entry that is a text
        self.members: set[str] = set()  # those of `_TOLD` that the answer has
        self.has_tags = False
        self.is_list = False
        self.is_null = False
        self.broken = False
        self._most = most
        self._left = b""
        self._open: list[str] = []
        self._next = _Next.VALUE
        self._key = ""
        self._begun = False
        self._reading = False  # the list of tags is open

    @property
    def full(self) -> bool:
        """Whether it has more tags than may be kept."""
        return len(self.tags) > self._most

    @property
    def whole(self) -> bool:
        """Whether all of it was read, and was JSON."""
        return not self.broken and self._next is _Next.NOTHING and not self._left

    @property
    def done(self) -> bool:
        """Whether further chunks change nothing."""
        return self.full or self.broken

    def feed(self, chunk: bytes) -> None:
        """Read a chunk; what is incomplete at its end waits for the next one."""
        if self.done:
            return
        text = self._left + chunk
        if not self._begun and len(text) >= len(_BYTE_ORDER_MARK):
            text, self._begun = text.removeprefix(_BYTE_ORDER_MARK), True
        at = 0
        while not self.done:
            if self._in_tags and self._next in {_Next.VALUE, _Next.VALUE_OR_END} and (run := _RUN.match(text, at)):
                at = run.end()
                self._next = _Next.VALUE
                for each in _TEXTS.findall(run[0]):
                    self._entry(each)
                continue
            token = _TOKEN.match(text, at)
            if token is None:
                break
            at = token.end()
            self._read(token)
        self._left = text[at:].lstrip(_SPACE)
        if len(self._left) > _LONGEST_TOKEN:
            self.broken = True

    @property
    def _in_tags(self) -> bool:
        return self._reading and len(self._open) == 2

    def _read(self, token: re.Match[bytes]) -> None:
        match token.lastgroup:
            case "mark":
                self._mark(token["mark"].decode())
            case "text" if self._next in {_Next.KEY, _Next.KEY_OR_END}:
                self._key, self._next = _decoded(token["text"]), _Next.COLON
            case _:
                self._scalar(token)

    def _mark(self, mark: str) -> None:
        takes = self._next
        if mark in "[{" and takes in {_Next.VALUE, _Next.VALUE_OR_END} and len(self._open) < MAX_DEPTH:
            self._value(opens=mark)
            self._open.append(mark)
            self._next = _Next.VALUE_OR_END if mark == "[" else _Next.KEY_OR_END
        elif (mark == "]" and takes in {_Next.VALUE_OR_END, _Next.COMMA_OR_END} and self._open[-1:] == ["["]) or (
            mark == "}" and takes in {_Next.KEY_OR_END, _Next.COMMA_OR_END} and self._open[-1:] == ["{"]
        ):
            self._open.pop()
            self._reading = self._reading and len(self._open) > 1
            self._ended()
        elif mark == "," and takes is _Next.COMMA_OR_END:
            self._next = _Next.VALUE if self._open[-1] == "[" else _Next.KEY
        elif mark == ":" and takes is _Next.COLON:
            self._next = _Next.VALUE
        else:
            self.broken = True

    def _scalar(self, token: re.Match[bytes]) -> None:
        if self._next not in {_Next.VALUE, _Next.VALUE_OR_END}:
            self.broken = True
            return
        if self._in_tags and token["text"] is not None:
            self._entry(token["text"][1:-1])
        else:
            self._value(null=token["word"] == b"null")
        self._ended()

    def _value(self, *, opens: str = "", null: bool = False) -> None:
        """A value begins: a member of the page, an entry of the list that is no text, or something further in."""
        if self._in_tags:
            self.entries += 1
        elif self._open == ["{"] and self._key == "tags":
            self.is_list = self._reading = opens == "["
            self.is_null, self.has_tags = null, True
            self.tags, self.entries, self.last = [], 0, None  # of a name that is there twice, the last one counts
        elif self._open == ["{"] and self._key in _TOLD:
            self.members.add(self._key)

    def _entry(self, text: bytes) -> None:
        self.entries += 1
        self.last = _decoded(b'"' + text + b'"')
        if is_tag(self.last):
            self.tags.append(self.last)

    def _ended(self) -> None:
        self._next = _Next.COMMA_OR_END if self._open else _Next.NOTHING


def _decoded(text: bytes) -> str:
    """The text of a JSON string; "" where it is none, as for bytes that are no UTF-8."""
    try:
        return str(json.loads(text)) if b"\\" in text else text[1:-1].decode()
    except ValueError:
        return ""

"""Which names tokens, service accounts and trusts may have. Pure.

A name says in history and logs who did something, so it may not look like another line, like another name, or like
Stagecoach itself.
"""

import re
import unicodedata

LONGEST_NAME = 100

# What Stagecoach calls itself where it acts: reports of receivers, polls, the command line.
_RESERVED = re.compile(r"(polls?|receivers?|receiver .*|automation|auto-deploy|stagecoach|system|command line)")
# Control characters, line breaks, characters that change the direction of what follows, unassigned and private ones.
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def name_fault(name: str) -> str | None:
    """Why nothing may have this name; None where it may."""
    if not name or len(name) > LONGEST_NAME:
        return f"A name has 1 to {LONGEST_NAME} characters."
    if any(unicodedata.category(character) in _UNSEEN for character in name):
        return "A name has no line breaks, control characters or other characters that cannot be seen."
    if name != " ".join(name.split()) or any(unicodedata.category(each) == "Zs" and each != " " for each in name):
        return "A name has no spaces at its ends, and single plain ones inside."
    if _RESERVED.fullmatch(unicodedata.normalize("NFKC", name).casefold()):
        return "Stagecoach itself acts under this name. Choose another one."
    return None

"""What people typed in, as part of a sentence that Stagecoach says."""


def as_sentence(text: str) -> str:
    """The text with a full stop, unless it ends a sentence already."""
    return text if text.endswith((".", "!", "?")) else f"{text}."

"""The change of one image in the text of a file that somebody else applies, for people and CI jobs to commit."""

import asyncio
from collections.abc import Mapping

from domain.image_references import InvalidImageError, parse_image
from services.errors import Category, InvalidRequestError, StagecoachError
from services.planning.git.editing import edited
from services.planning.git.image_edits import EditedFile, ImageEdit
from services.planning.git.yaml_places import EditRefusedError


class ImageEditRefusedError(StagecoachError):
    """The file cannot get its image in lines of that image alone; `line` is where, None where no line is to blame."""

    code = "image-edit-refused"
    title = "The file cannot be changed so"
    category = Category.CONFLICT

    def __init__(self, detail: str, *, line: int | None) -> None:
        super().__init__(detail)
        self.line = line

    def members(self) -> Mapping[str, object]:
        return {"line": self.line} if self.line is not None else {}


async def edit_image(text: str, edit: ImageEdit, *, before: str, after: str) -> EditedFile:
    """The file with the image `after` in place of `before`. Raises `ImageEditRefusedError`, `InvalidRequestError`."""
    try:
        former, now = parse_image(before), parse_image(after)
    except InvalidImageError as error:
        raise InvalidRequestError(str(error)) from None
    try:
        return await asyncio.to_thread(edited, text, edit, before=former, after=now)
    except EditRefusedError as refused:
        where = f" (Line {refused.line}.)" if refused.line is not None else ""
        raise ImageEditRefusedError(f"{refused.reason}{where}", line=refused.line) from None

"""Image pushes, and the verdict on each in each app environment.

`push` counts up as pushes are discovered; they are judged in that order.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Identity, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, check_word
from db.types import Word
from domain.words import ImagePushOrigin, ImagePushState, Verdict


class ImagePush(Base):
    """One tag of one repository. `digest` is from the registry where `resolved_at` is set, else from the sender."""

    __tablename__ = "image_pushes"

    push: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    repository: Mapped[str] = mapped_column(Text)  # normalised, with its registry: docker.io/library/nginx
    tag: Mapped[str] = mapped_column(Text)
    digest: Mapped[str | None] = mapped_column(Text)
    media_type: Mapped[str | None] = mapped_column(Text)
    platforms: Mapped[list[str]] = mapped_column(JSON, default=list)
    built_at: Mapped[datetime | None]
    pushed_at: Mapped[datetime | None]  # as its sender says
    origin: Mapped[ImagePushOrigin] = mapped_column(Word(ImagePushOrigin))
    application_id: Mapped[str | None] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    delivery_id: Mapped[str | None] = mapped_column(ForeignKey("deliveries.id", ondelete="SET NULL"))
    state: Mapped[ImagePushState] = mapped_column(Word(ImagePushState), server_default=ImagePushState.WAITING)
    code: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[datetime] = mapped_column(server_default=func.now())
    discovered_at: Mapped[datetime] = mapped_column(server_default=func.now())
    resolved_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_image_pushes_repository_tag_push", "repository", "tag", "push"),
        Index("ix_image_pushes_open", "state", "push", postgresql_where=text("state IN ('waiting', 'ready')")),
        Index("ix_image_pushes_application_id", "application_id"),
        Index("ix_image_pushes_delivery_id", "delivery_id"),
        check_word("origin", ImagePushOrigin),
        check_word("state", ImagePushState),
    )


class ImagePushVerdict(Base):
    """What becomes of an image push in an app environment. `containers`: [{workload, container}]."""

    __tablename__ = "image_push_verdicts"

    push: Mapped[int] = mapped_column(ForeignKey("image_pushes.push", ondelete="CASCADE"), primary_key=True)
    app_environment_id: Mapped[str] = mapped_column(
        ForeignKey("app_environments.id", ondelete="CASCADE"), primary_key=True
    )
    verdict: Mapped[Verdict] = mapped_column(Word(Verdict))
    code: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    containers: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    by_push: Mapped[int | None] = mapped_column(BigInteger)  # the push that superseded it
    operation_id: Mapped[str | None] = mapped_column(ForeignKey("operations.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())

    __table_args__ = (
        Index("ix_image_push_verdicts_app_environment_id_push", "app_environment_id", "push"),
        Index("ix_image_push_verdicts_operation_id", "operation_id"),
        Index(
            "ix_image_push_verdicts_pending",
            "app_environment_id",
            "push",
            postgresql_where=text("verdict IN ('pending', 'wanted')"),
        ),
        check_word("verdict", Verdict),
    )

"""Applications, and each application in each environment."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, WithTimes, check_word
from db.types import Word
from domain.actors import ActorKind
from domain.words import STORED_DEPLOY_MODES, DeployMode, Pin


class Application(WithId, WithTimes, Base):
    __tablename__ = "applications"

    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default="")
    labels: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}")

    __table_args__ = (Index("uq_applications_lower_name", func.lower(name), unique=True),)


class AppEnvironment(WithId, WithTimes, Base):
    """The row comes with the first setting or operation of its own; until then the environment's defaults apply."""

    __tablename__ = "app_environments"

    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    environment_id: Mapped[str] = mapped_column(ForeignKey("environments.id", ondelete="CASCADE"))
    namespace: Mapped[str | None] = mapped_column(Text)
    deploy_mode: Mapped[DeployMode] = mapped_column(Word(DeployMode))
    # The environment that it follows, with the terms (FollowTerms); null where it follows none. Its mode is `manual`
    # then: a former process offers pushed images there, and lets people promote. `follow_standing` is a FollowStanding.
    follow_environment_id: Mapped[str | None] = mapped_column(ForeignKey("environments.id"))
    follow_terms: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    follow_standing: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # Who switched automatic deploys on: they have its rights. None: a former release did, or the environment's default.
    automation_kind: Mapped[ActorKind | None] = mapped_column(Word(ActorKind))
    automation_id: Mapped[str | None] = mapped_column(Text)
    automation_name: Mapped[str | None] = mapped_column(Text)
    pin: Mapped[Pin] = mapped_column(Word(Pin))
    image_policies: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    consents: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    # SetImageDeliveries; null where nothing was set.
    image_deliveries: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # GitFolder; null where configuration is copied to the clusters.
    git_folder: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    configured_at: Mapped[datetime | None]
    last_release: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        UniqueConstraint("application_id", "environment_id"),
        Index("ix_app_environments_environment_id", "environment_id"),
        Index("ix_app_environments_follow_environment_id", "follow_environment_id"),
        CheckConstraint("(follow_environment_id IS NULL) = (follow_terms IS NULL)", name="follow"),
        CheckConstraint("configured_at IS NULL OR namespace IS NOT NULL", name="configured"),
        check_word("automation_kind", ActorKind),
        check_word("deploy_mode", STORED_DEPLOY_MODES),
        check_word("pin", Pin),
    )


class AppEnvironmentResource(Base):
    """An object that belongs to the app environment, the same on each of its clusters."""

    __tablename__ = "app_environment_resources"

    app_environment_id: Mapped[str] = mapped_column(
        ForeignKey("app_environments.id", ondelete="CASCADE"), primary_key=True
    )
    api_version: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)


class AppEnvironmentImage(Base):
    """The image that a container was last known to have here: the index by which image pushes find app environments.

    `repository` is normalised, with its registry; `reference` is as in the workload. `kept` are the images that pods
    run, where these are not the workload's alone; null else.
    """

    __tablename__ = "app_environment_images"

    app_environment_id: Mapped[str] = mapped_column(
        ForeignKey("app_environments.id", ondelete="CASCADE"), primary_key=True
    )
    api_version: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    container: Mapped[str] = mapped_column(Text, primary_key=True)
    init: Mapped[bool]
    repository: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    kept: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))

    __table_args__ = (Index("ix_app_environment_images_repository", "repository"),)

"""Where the Argo CD of a cluster runs, if not on the cluster itself."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_MOMENT = sa.DateTime(timezone=True)
_NOW = sa.text("now()")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "cluster_argocd",
        sa.Column("cluster_id", _ID, nullable=False),
        sa.Column("hub_id", _ID, nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("called", sa.Text(), nullable=True),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("updated_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.CheckConstraint("hub_id <> cluster_id", name=op.f("ck_cluster_argocd_elsewhere")),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["clusters.id"], name=op.f("fk_cluster_argocd_cluster_id_clusters"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["hub_id"], ["clusters.id"], name=op.f("fk_cluster_argocd_hub_id_clusters"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("cluster_id", name=op.f("pk_cluster_argocd")),
    )
    op.create_index(op.f("ix_cluster_argocd_hub_id"), "cluster_argocd", ["hub_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("cluster_argocd")

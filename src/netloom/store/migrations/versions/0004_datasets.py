"""Datasets have versions and a description."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_NUMBERED = """
UPDATE uploads SET version = (
    SELECT count(*) FROM uploads AS earlier
    JOIN object_access AS theirs ON theirs.kind = 'dataset' AND theirs.object = earlier.id
    JOIN object_access AS mine ON mine.kind = 'dataset' AND mine.object = uploads.id
    WHERE earlier.name = uploads.name AND theirs.owner = mine.owner
    AND (earlier.created < uploads.created
         OR (earlier.created = uploads.created AND earlier.id <= uploads.id))
)
WHERE EXISTS (
    SELECT 1 FROM object_access
    WHERE kind = 'dataset' AND object = uploads.id AND owner IS NOT NULL
)
"""


def upgrade() -> None:
    op.add_column("uploads", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("uploads", sa.Column("description", sa.Text(), nullable=False, server_default=""))
    op.execute(_NUMBERED)


def downgrade() -> None:
    with op.batch_alter_table("uploads") as table:
        table.drop_column("description")
        table.drop_column("version")

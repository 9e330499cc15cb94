"""The shape of the catalog: tables, views, and the steps from every earlier version to this one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args
from uuid import uuid4

from m2msync.core.holding import State

if TYPE_CHECKING:
    import sqlite3

APPLICATION_ID = 0x4D324D73
"""Marks a SQLite file as ours: the letters `M2Ms`."""
VERSION = 5
"""The schema version this program reads and writes, kept in `PRAGMA user_version`."""

_STATES = ", ".join(f"'{state}'" for state in get_args(State))

_FIRST = (
    # Who migrated when, letter for letter as sqlite-utils keeps it, so that its commands understand the file.
    """CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
) STRICT""",
    """CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name")""",
    """
    CREATE TABLE catalog (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      lineage TEXT NOT NULL,
      serial INTEGER NOT NULL DEFAULT 0,
      origin TEXT
    ) STRICT
    """,
    "CREATE TABLE manifests (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT",
    """
    CREATE TABLE run_history (
      id INTEGER PRIMARY KEY,
      manifest INTEGER NOT NULL REFERENCES manifests (id),
      label TEXT NOT NULL,
      label_open INTEGER NOT NULL DEFAULT 1,
      started TEXT NOT NULL,
      ended TEXT,
      status TEXT NOT NULL DEFAULT 'running',
      got INTEGER NOT NULL DEFAULT 0,
      failed INTEGER NOT NULL DEFAULT 0,
      bytes INTEGER NOT NULL DEFAULT 0,
      api_calls INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    f"""
    CREATE TABLE products (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      dataset TEXT NOT NULL,
      region TEXT NOT NULL,
      image TEXT NOT NULL,
      display_id TEXT NOT NULL,
      product TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ({_STATES})),
      reason TEXT NOT NULL DEFAULT '',
      attempts INTEGER NOT NULL DEFAULT 0,
      rerun_helps INTEGER NOT NULL DEFAULT 1,
      changed_at TEXT NOT NULL,
      run INTEGER REFERENCES run_history (id)
    ) STRICT
    """,
    # The lowest rank is the primary copy. Clustered by product, because every plan reads all of it in that order.
    """
    CREATE TABLE copies (
      product INTEGER NOT NULL REFERENCES products (id),
      rank INTEGER NOT NULL,
      path TEXT NOT NULL UNIQUE,
      size INTEGER NOT NULL,
      digest TEXT,
      fetched_at TEXT NOT NULL,
      PRIMARY KEY (product, rank)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE wants (
      manifest INTEGER NOT NULL REFERENCES manifests (id),
      product INTEGER NOT NULL REFERENCES products (id),
      current INTEGER NOT NULL,
      PRIMARY KEY (manifest, product)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE events (
      id INTEGER PRIMARY KEY,
      product INTEGER NOT NULL REFERENCES products (id),
      run INTEGER REFERENCES run_history (id),
      at TEXT NOT NULL,
      state TEXT NOT NULL,
      reason TEXT NOT NULL
    ) STRICT
    """,
    # Triggers, so that no way of changing a state can forget its event.
    """
    CREATE TRIGGER product_appeared AFTER INSERT ON products BEGIN
      INSERT INTO events (product, run, at, state, reason)
      VALUES (new.id, new.run, new.changed_at, new.state, new.reason);
    END
    """,
    """
    CREATE TRIGGER product_changed AFTER UPDATE OF state ON products BEGIN
      INSERT INTO events (product, run, at, state, reason)
      VALUES (new.id, new.run, new.changed_at, new.state, new.reason);
    END
    """,
    """
    CREATE TABLE listings (
      dataset TEXT NOT NULL,
      display_id TEXT NOT NULL,
      entity_id TEXT NOT NULL,
      listed_at TEXT NOT NULL,
      filenames TEXT NOT NULL,
      details BLOB NOT NULL,
      PRIMARY KEY (dataset, display_id)
    ) STRICT
    """,
    """
    CREATE TABLE images (
      dataset TEXT NOT NULL,
      display_id TEXT NOT NULL,
      entity_id TEXT NOT NULL,
      acquired TEXT,
      cloud_cover REAL,
      path INTEGER,
      row INTEGER,
      tier TEXT,
      footprint TEXT NOT NULL,
      PRIMARY KEY (dataset, display_id)
    ) STRICT
    """,
    """
    CREATE VIEW files AS
    SELECT c.path, p.dataset, p.region, p.image, p.display_id, p.product, c.size, c.digest, c.fetched_at
    FROM copies AS c JOIN products AS p ON p.id = c.product
    """,
    """
    CREATE VIEW failures AS
    SELECT key, reason, attempts, changed_at AS last_at, rerun_helps FROM products WHERE state = 'failed'
    """,
    # A product counts once however many copies or manifests it has, and its bytes only while it is held.
    """
    CREATE VIEW by_scene AS
    SELECT
      dataset,
      region,
      count(*) FILTER (WHERE id IN (SELECT product FROM wants WHERE current)) AS wanted,
      count(*) FILTER (WHERE state = 'held') AS held,
      count(*) FILTER (WHERE state = 'failed') AS failed,
      coalesce(sum((SELECT size FROM copies WHERE copies.product = products.id ORDER BY rank LIMIT 1))
               FILTER (WHERE state = 'held'), 0) AS bytes
    FROM products
    GROUP BY dataset, region
    """,
    "CREATE VIEW runs AS SELECT id, started, ended, status, got, failed, bytes, api_calls FROM run_history",
)

_SECOND = (
    """
    CREATE TABLE filters (
      dataset TEXT NOT NULL PRIMARY KEY,
      listed_at TEXT NOT NULL,
      fields TEXT NOT NULL
    ) STRICT
    """,
)

_THIRD = (
    # When a copy was last read again and found whole; NULL since it was fetched.
    "ALTER TABLE copies ADD COLUMN verified_at TEXT",
    # Digest of the manifest as it was last applied, so that what depends on it can tell when it was edited since.
    "ALTER TABLE manifests ADD COLUMN digest TEXT",
    # Digest of the manifest under which a tombstoned product was pruned; NULL when a person forgot it on purpose.
    "ALTER TABLE products ADD COLUMN pruned_under TEXT",
)


_FOURTH = (
    """
    CREATE TABLE places (
      name TEXT NOT NULL PRIMARY KEY,
      listed_at TEXT NOT NULL,
      candidates TEXT NOT NULL
    ) STRICT
    """,
)


_FIFTH = (
    # Where the manifest lay that was last applied, so that another one of the same name does not go unnoticed.
    "ALTER TABLE manifests ADD COLUMN file TEXT",
)


_STEPS = (_FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH)
"""What each version has more than the one before it."""


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring a catalog from `version`, 0 when it is new, to VERSION, inside the transaction that is already open."""
    for number, statements in enumerate(_STEPS[version:], version + 1):
        # Not executescript: it would commit the transaction.
        for statement in statements:
            connection.execute(statement)
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('m2msync', ?, ?)",
            (str(number), str(datetime.now(UTC))),
        )
    if version == 0:
        connection.execute("INSERT INTO catalog (id, lineage) VALUES (1, ?)", (str(uuid4()),))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")

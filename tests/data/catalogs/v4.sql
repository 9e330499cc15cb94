PRAGMA application_id = 1295142259;
PRAGMA user_version = 4;
BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
) STRICT;
INSERT INTO "_sqlite_migrations" VALUES(1,'m2msync','1','2026-11-22 14:00:00.000000+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'m2msync','2','2026-12-14 14:00:00.000000+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'m2msync','3','2026-12-15 08:00:00.000000+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'m2msync','4','2026-12-16 08:00:00.000000+00:00');
CREATE TABLE catalog (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      lineage TEXT NOT NULL,
      serial INTEGER NOT NULL DEFAULT 0,
      origin TEXT
    ) STRICT
    ;
INSERT INTO "catalog" VALUES(1,'5f1c4f3e-0f0b-4a57-9d2b-0a6f3f0c7a11',3,'sandbox');
CREATE TABLE copies (
      product INTEGER NOT NULL REFERENCES products (id),
      rank INTEGER NOT NULL,
      path TEXT NOT NULL UNIQUE,
      size INTEGER NOT NULL,
      digest TEXT,
      fetched_at TEXT NOT NULL, verified_at TEXT,
      PRIMARY KEY (product, rank)
    ) STRICT, WITHOUT ROWID
    ;
INSERT INTO "copies" VALUES(1,-2,'d/i/i_B2.TIF',5,'sha512:ab','2026-11-22T14:01:00.000Z','2026-12-15T09:00:00.000Z');
INSERT INTO "copies" VALUES(1,-1,'d/north/i_B2.TIF',5,'sha512:ab','2026-11-22T14:01:00.000Z',NULL);
CREATE TABLE events (
      id INTEGER PRIMARY KEY,
      product INTEGER NOT NULL REFERENCES products (id),
      run INTEGER REFERENCES run_history (id),
      at TEXT NOT NULL,
      state TEXT NOT NULL,
      reason TEXT NOT NULL
    ) STRICT
    ;
INSERT INTO "events" VALUES(1,1,NULL,'2026-11-22T14:00:00.000Z','wanted','wanted by coast');
INSERT INTO "events" VALUES(2,2,NULL,'2026-11-22T14:00:00.000Z','wanted','wanted by coast');
INSERT INTO "events" VALUES(3,1,1,'2026-11-22T14:01:00.000Z','held','verified');
INSERT INTO "events" VALUES(4,2,1,'2026-11-22T14:02:00.000Z','failed','the connection broke');
CREATE TABLE filters (
      dataset TEXT NOT NULL PRIMARY KEY,
      listed_at TEXT NOT NULL,
      fields TEXT NOT NULL
    ) STRICT
    ;
INSERT INTO "filters" VALUES('d','2026-11-22T14:00:00.000Z','[{"id": "5e83d14fb9436d88", "label": "WRS Path", "column": "WRS_PATH", "kind": "Range", "like": false, "dated": false, "values": []}, {"id": "5f6a6fb2137a3c00", "label": "Collection Category", "column": "COLLECTION_CATEGORY", "kind": "Select", "like": false, "dated": false, "values": [["T1", "Tier 1"], ["T2", "Tier 2"], ["RT", "Real-Time"]]}]');
CREATE TABLE places (
      name TEXT NOT NULL PRIMARY KEY,
      listed_at TEXT NOT NULL,
      candidates TEXT NOT NULL
    ) STRICT
    ;
INSERT INTO "places" VALUES('Quito','2026-11-22T14:00:00.000Z','[{"name": "Quito", "longitude": -78.52, "latitude": -0.23, "details": ["Ecuador"]}]');
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
    ;
INSERT INTO "images" VALUES('d','i','I',NULL,NULL,NULL,NULL,NULL,'[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]');
CREATE TABLE listings (
      dataset TEXT NOT NULL,
      display_id TEXT NOT NULL,
      entity_id TEXT NOT NULL,
      listed_at TEXT NOT NULL,
      filenames TEXT NOT NULL,
      details BLOB NOT NULL,
      PRIMARY KEY (dataset, display_id)
    ) STRICT
    ;
INSERT INTO "listings" VALUES('d','i','I','2026-11-22T14:00:00.000Z','["i_B2.TIF", "i_B3.TIF"]',X'789CB54FCB0A83400CFC15C9590A2A42F1E8A120F4D89BC812DDB45DF0851B4BADF8EFDD68A107AFED6D6692CC64F219AEA6A6161B82C403A3D2F070C94EE07B5062AB454B4361D6BC642376909E58B1C33C8CE4A83637B2C2C1DE310EC2044B3918BA91C93A399F815A363C29B3FA9D0395A9CDB41F3A3D56FC19C474DCA226CBD488A2B515011F686A2C6BFA86569D5E1F86A5587C6F5722DA9588FE5122FA5D89E20D4D647336');
CREATE TABLE manifests (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, digest TEXT) STRICT;
INSERT INTO "manifests" VALUES(1,'coast','sha256:0f');
CREATE TABLE products (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      dataset TEXT NOT NULL,
      region TEXT NOT NULL,
      image TEXT NOT NULL,
      display_id TEXT NOT NULL,
      product TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('wanted', 'requested', 'staging', 'ready', 'partial', 'held', 'failed', 'unavailable', 'superseded', 'tombstoned')),
      reason TEXT NOT NULL DEFAULT '',
      attempts INTEGER NOT NULL DEFAULT 0,
      rerun_helps INTEGER NOT NULL DEFAULT 1,
      changed_at TEXT NOT NULL,
      run INTEGER REFERENCES run_history (id)
    , pruned_under TEXT) STRICT
    ;
INSERT INTO "products" VALUES(1,'d/i_B2.TIF','d','coast','I','i','B2','held','verified',0,1,'2026-11-22T14:01:00.000Z',1,NULL);
INSERT INTO "products" VALUES(2,'d/i_B3.TIF','d','coast','I','i','B3','failed','the connection broke',1,1,'2026-11-22T14:02:00.000Z',1,NULL);
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
    ;
INSERT INTO "run_history" VALUES(1,1,'m2msync-coast-1',0,'2026-11-22T14:00:00.000Z','2026-11-22T14:05:00.000Z','partial',1,1,5,7);
CREATE TABLE wants (
      manifest INTEGER NOT NULL REFERENCES manifests (id),
      product INTEGER NOT NULL REFERENCES products (id),
      current INTEGER NOT NULL,
      PRIMARY KEY (manifest, product)
    ) STRICT, WITHOUT ROWID
    ;
INSERT INTO "wants" VALUES(1,1,1);
INSERT INTO "wants" VALUES(1,2,1);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE TRIGGER product_appeared AFTER INSERT ON products BEGIN
      INSERT INTO events (product, run, at, state, reason)
      VALUES (new.id, new.run, new.changed_at, new.state, new.reason);
    END;
CREATE TRIGGER product_changed AFTER UPDATE OF state ON products BEGIN
      INSERT INTO events (product, run, at, state, reason)
      VALUES (new.id, new.run, new.changed_at, new.state, new.reason);
    END;
CREATE VIEW files AS
    SELECT c.path, p.dataset, p.region, p.image, p.display_id, p.product, c.size, c.digest, c.fetched_at
    FROM copies AS c JOIN products AS p ON p.id = c.product;
CREATE VIEW failures AS
    SELECT key, reason, attempts, changed_at AS last_at, rerun_helps FROM products WHERE state = 'failed';
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
    GROUP BY dataset, region;
CREATE VIEW runs AS SELECT id, started, ended, status, got, failed, bytes, api_calls FROM run_history;
COMMIT;

"""Where verified files lie: a folder, or a prefix of a bucket. They appear there whole or not at all."""

from __future__ import annotations

from m2msync.store.contract import Label, Store
from m2msync.store.disk import PRIVATE, appearing, explained, write_whole
from m2msync.store.local import LocalStore
from m2msync.store.opening import open_store

__all__ = ["PRIVATE", "Label", "LocalStore", "Store", "appearing", "explained", "open_store", "write_whole"]

"""Everything a running sandbox remembers, and one API call on it."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from m2msync.sandbox.account.links import Origins
from m2msync.sandbox.account.lists import Lists
from m2msync.sandbox.account.orders import Orders
from m2msync.sandbox.account.sessions import Sessions
from m2msync.sandbox.account.shelf import Shelf
from m2msync.sandbox.counts import Counts
from m2msync.sandbox.errors import Refusal, invalid, required
from m2msync.sandbox.world.catalogue import BY_ID, DATASETS, WITHDRAWN, Dataset
from m2msync.sandbox.world.parameters import list_of, number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from m2msync.sandbox.account.sessions import Account
    from m2msync.sandbox.behaviour import Behaviour
    from m2msync.sandbox.faults import Faults
    from m2msync.sandbox.world.archive import World


class State:
    """The service behind the endpoints; `lock` is held during a call, as calls run in threads."""

    def __init__(
        self, world: World, clock: Callable[[], float], behaviour: Behaviour, pixels: int, faults: Faults
    ) -> None:
        self.world = world
        self.clock = clock
        self.pixels = pixels
        self.faults = faults
        self.origins = Origins()
        self.sessions = Sessions(clock, behaviour.idle_seconds)
        self.orders = Orders(clock, behaviour)
        self.play(behaviour)
        self.lists = Lists(clock)
        self.counts = Counts()
        self.request_ids: Iterator[int] = itertools.count(1_591_674_034)
        self.lock = threading.Lock()

    def play(self, behaviour: Behaviour) -> None:
        """Play these of the service's ways from now on."""
        self.behaviour = self.orders.behaviour = behaviour
        self.sessions.idle_seconds = behaviour.idle_seconds
        self.shelf = Shelf(self.world, self.pixels, behaviour.checksums)


@dataclass(frozen=True, slots=True)
class Call:
    """One API call: whose, what it says, and the state it works on."""

    state: State
    account: Account
    payload: dict[str, Any]
    request_id: int = 0
    ip: str = "127.0.0.1"
    session: int | None = None

    def get(self, name: str, default: Any = None) -> Any:
        """Return a parameter; an explicit null is the same as leaving it out."""
        value = self.payload.get(name)
        return default if value is None else value

    def need(self, name: str) -> Any:
        """Return a parameter that must be given."""
        if (value := self.get(name)) is None:
            raise required(name)
        return value

    def text(self, name: str) -> str | None:
        """Return a parameter as text, if it is given."""
        value = self.get(name)
        return None if value is None else str(value)

    def remaining(self) -> list[dict[str, Any]]:
        """Return what is left of the caller's quota, as the service prints it (api.md §8.2)."""
        user, address = self.state.orders.remaining(self.account, self.ip)
        return [
            {"limitType": "user", "username": self.account.username, **user},
            {"limitType": "ip", "ipAddress": self.ip, **address},
        ]

    def number(self, name: str, default: int, least: int = 0) -> int:
        """Return a parameter that is a whole number."""
        value = number_of(self.get(name, default), name)
        if value != int(value) or value < least:
            raise invalid(name, f"a whole number of at least {least} is expected")
        return int(value)

    def dataset(self) -> Dataset:
        """Return the dataset a call names."""
        return dataset_named(str(self.need("datasetName")))

    def entity_ids(self) -> list[str]:
        """Return the ids given as `entityId` or as `entityIds`, an array or one comma-joined string (§8.1)."""
        ids = self.get("entityIds", self.get("entityId", []))
        return ids.split(",") if isinstance(ids, str) else [str(each) for each in list_of(ids, "entityIds")]

    def members(self, list_id: str, alias: str | None = None) -> list[tuple[str, str]]:
        """Return the (dataset alias, entityId) pairs of one of the account's scene lists."""
        return self.state.lists.members(self.account.username, list_id, alias)


def dataset_named(name: str) -> Dataset:
    """Return a dataset by alias or id, or refuse the way the service does (api.md §3.1)."""
    if name in WITHDRAWN:
        raise Refusal("DATASET_AUTH", "Dataset status is unavailable to this user")
    if (dataset := DATASETS.get(name) or BY_ID.get(name)) is None:
        raise Refusal("DATASET_INVALID", "Invalid dataset name")
    return dataset

"""Every error a user can meet, classified by how to react.

M2MSyncError                  a sentence, a hint, an exit code
|- ManifestError              problems in the manifest, all at once          exit 4
|- UsageError                 the command line asks for something impossible exit 4
|- CredentialsError           missing or refused                             exit 5
|- Stopped                    the run was asked to stop                      exit 130
|- TimeUp                     the run has lasted as long as it may           exit 7
|- Stale                      a lock or saved plan that no longer fits        exit 9
|- Unsafe                     something could be lost; nothing was done        exit 1
|- CatalogError               locked, newer than this program, foreign       exit 1
|- ApiError                   endpoint, code
|  |- RateLimited             again, after a delay                           exit 6
|  |- SessionExpired          renew the session, then again                  exit 5
|  |- ServiceTrouble          again                                          exit 6
|  `- Refused                 never                                          exit 4
|     `- UnknownDataset       never; of a manifest it is told with its place
|- TransferError              one product; the others go on
|  |- Interrupted             again, resuming; with fewer connections if `overloaded`
|  |  `- Halted             not now, this was us
|  |- HostDown                by another route, or in the next run
|  |- LinkExpired             order again
|  |- Corrupt                 again, at most twice
|  |- Misplaced               once its place in the store is free
|  `- Gone                    never
|- StorageError               full, or not ours to write                     exit 1 or 7
|  |- StoreRefused            credentials or permission of an object store   exit 5
|  `- StoreDown               again, once its server serves                  exit 6
`- ClusterError               not one that can work with us                  exit 1
   `- ClusterGone             again, once it is there                        exit 6
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class M2MSyncError(Exception):
    """An expected failure: one sentence for a person, a hint at the way out, an exit code."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a manifest; line and column count from 1."""

    line: int
    column: int
    message: str
    hint: str = ""


class ManifestError(M2MSyncError):
    """The manifest cannot be used; `problems` holds everything wrong with it, in file order."""

    exit_code = 4

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems = sorted(problems, key=lambda p: (p.line, p.column))
        super().__init__("\n".join(self._line(p) for p in self.problems))

    def _line(self, problem: Problem) -> str:
        tail = f"; {problem.hint}" if problem.hint else ""
        return f"{self.file}:{problem.line}:{problem.column}: {problem.message}{tail}"


class UsageError(M2MSyncError):
    """The command asks for something that cannot be done."""

    exit_code = 4


class CredentialsError(M2MSyncError):
    """No credentials, refused credentials, or an account without the M2M role."""

    exit_code = 5


class Stopped(M2MSyncError):
    """The run was asked to stop."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__("stopped on request")


class TimeUp(M2MSyncError):
    """The run has lasted as long as it may."""

    exit_code = 7

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"the time limit of {seconds:,.0f} seconds is reached", hint="Run the same command again to go on."
        )


class Stale(M2MSyncError):
    """A lock or a saved plan does not fit what is there now; nothing was done."""

    exit_code = 9


class Unsafe(M2MSyncError):
    """Something could be lost that nobody said should go; nothing was done."""


class CatalogError(M2MSyncError):
    """The catalog is locked by another run, newer than this program, damaged, or not ours."""


class ApiError(M2MSyncError):
    """M2M answered a call with a failure, or with nothing that can be understood."""

    def __init__(self, message: str, *, hint: str = "", endpoint: str = "", code: str = "") -> None:
        super().__init__(message, hint=hint)
        self.endpoint = endpoint
        self.code = code


class RateLimited(ApiError):
    """Too many requests at a time, or the download quota is used up; safe to run again after `after` seconds."""

    exit_code = 6

    def __init__(
        self, message: str, *, hint: str = "", endpoint: str = "", code: str = "", after: float = 0
    ) -> None:
        super().__init__(message, hint=hint, endpoint=endpoint, code=code)
        self.after = after


class SessionExpired(ApiError):
    """The API key is no longer valid; log in again and repeat the call."""

    exit_code = 5


class ServiceTrouble(ApiError):
    """The service is down, overloaded or under maintenance; repeating may help."""

    exit_code = 6


class Refused(ApiError):
    """M2M will never accept this call as it stands."""

    exit_code = 4


class UnknownDataset(Refused):
    """M2M has no dataset of that alias, or none that this account may see."""

    def __init__(self, message: str, *, dataset: str, hint: str = "") -> None:
        super().__init__(message, hint=hint, endpoint="dataset")
        self.dataset = dataset


class TransferError(M2MSyncError):
    """One product could not be fetched; the others go on."""

    rerun_helps: ClassVar[bool] = True


class Interrupted(TransferError):
    """The connection broke, stalled or was refused; what has arrived is kept."""

    def __init__(self, message: str, *, overloaded: bool = False, unserved: bool = False, after: float = 0) -> None:
        super().__init__(message)
        self.overloaded = overloaded
        """Whether fewer connections may help."""
        self.unserved = unserved
        """Whether the host serves nobody, as far as can be told: no answer, or one that says so."""
        self.after = after
        """Seconds the host asked us to wait."""


class Halted(Interrupted):
    """The transfer was broken off by this program."""


class HostDown(TransferError):
    """A host has not served for so long that its files are left to another route, or to the next run."""


class LinkExpired(TransferError):
    """The signed link is no longer honoured; the product has to be ordered again."""


class Corrupt(TransferError):
    """What arrived is not what was announced; it is in quarantine."""


class Gone(TransferError):
    """The file host says this product does not exist."""

    rerun_helps = False


class StorageError(M2MSyncError):
    """The store cannot be written."""


class Misplaced(TransferError, StorageError):
    """The place of one product is taken by something else, or leads out of the store; the others go on."""


class StorageFull(StorageError):
    """The disk is full."""

    exit_code = 7


class StoreRefused(StorageError):
    """An object store does not accept our credentials, or they do not permit this."""

    exit_code = 5


class StoreDown(StorageError):
    """An object store cannot be reached, or its server is in trouble; nothing is known of the files in it."""

    exit_code = 6


OF_ALL_FILES = (StorageFull, StoreRefused, StoreDown)
"""The troubles of a store that every other file would meet as well; with any other only one file is passed over."""


class ClusterError(M2MSyncError):
    """The cluster's workers cannot do our work; nothing was ordered."""


class ClusterGone(ClusterError):
    """The cluster does not answer, or has no workers; safe to run again."""

    exit_code = 6

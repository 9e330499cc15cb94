"""`m2msync login`: keep the token where the operating system keeps passwords."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from m2msync.cli import options
from m2msync.core.errors import ApiError, CredentialsError, UsageError
from m2msync.core.secrets import Secret

if TYPE_CHECKING:
    from m2msync.m2m.credentials import Credentials

PATIENCE = 10.0  # seconds; somebody is waiting for the answer
PIPE = "in a script: m2msync login --username NAME --token-stdin < FILE"


@click.command(epilog=options.examples("login", "login --username you --token-stdin"))
@click.option("--username", metavar="NAME", help="Your USGS user name; asked for when left out.")
@click.option("--token-stdin", is_flag=True, help="Read the token from stdin instead of asking for it.")
@click.option("--no-check", is_flag=True, help="Store it without asking M2M whether it works.")
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, username: str | None, *, token_stdin: bool, no_check: bool) -> int:
    """Store your user name and application token in the operating system's keyring.

    The token is created at https://ers.cr.usgs.gov (Profile > Applications); it is not your password. M2M is asked
    whether it works first. It is stored for the host of the endpoint in use, and sent to no other.
    """
    from m2msync.m2m import credentials, keychain  # noqa: PLC0415

    endpoint = credentials.find_endpoint(os.environ)
    keyring = keychain.name()  # first, so that nobody types a token in vain
    given = _asked(username, from_stdin=token_stdin)
    told = [] if no_check else [_verdict(endpoint, given)]
    credentials.remember(given, endpoint)
    told.insert(0, f"The token of {given.username} for {credentials.host_of(endpoint)} is stored in {keyring}.")
    if preferred := credentials.chosen(os.environ):
        told.append(f"As long as {preferred} are set, they are used instead.")
    if not settings.quiet:
        click.echo("\n".join(told))
    return 0


def _asked(username: str | None, *, from_stdin: bool) -> Credentials:
    """Return what the person, or the script, tells.

    Raises:
        UsageError: there is nobody to ask, or nothing was told.
    """
    from m2msync.m2m.credentials import Credentials, cleaned  # noqa: PLC0415

    if from_stdin and not username:
        raise UsageError("--token-stdin needs --username", hint=PIPE)
    if not from_stdin and not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask for the token", hint=PIPE)
    try:
        user = username or click.prompt("USGS user name", err=True)
        token = Secret(cleaned(_piped() if from_stdin else _typed()))
    except click.Abort:
        raise KeyboardInterrupt from None  # click tells Ctrl-C at a prompt as an abort of its own
    if not token.reveal():
        raise UsageError("the token is empty", hint=PIPE)
    return Credentials(user.strip(), token)


def _typed() -> str:
    told: str = click.prompt("Application token", hide_input=True, err=True)
    return told


def _piped() -> str:
    try:
        return sys.stdin.read()
    except UnicodeDecodeError:
        raise UsageError("what came on stdin is no token; it is not even text", hint=PIPE) from None


def _verdict(endpoint: str, given: Credentials) -> str:
    """Try the credentials and return what the account may do.

    Raises:
        CredentialsError: M2M refuses them.
        ApiError: M2M cannot tell now.
    """
    from m2msync.m2m.account import lacking_role, rights_of  # noqa: PLC0415
    from m2msync.m2m.credentials import EXPIRY_ADVICE  # noqa: PLC0415
    from m2msync.m2m.session import Patience, Session  # noqa: PLC0415

    try:
        with Session(endpoint, given, patience=Patience(first=PATIENCE, later=PATIENCE)) as session:
            lacking = lacking_role(rights_of(session))
    except CredentialsError as refused:
        refused.hint = f"Nothing was stored. {EXPIRY_ADVICE}"
        raise
    except ApiError as trouble:
        trouble.hint = "Nothing was stored. Try again later, or store it unchecked with --no-check."
        raise
    return f"But {lacking}" if lacking else "M2M accepts it, and the account may download."

"""`m2msync completion`: lets a shell complete commands."""

from __future__ import annotations

import click

from m2msync.cli import options

WHERE = {
    "bash": "echo 'eval \"$(m2msync completion bash)\"' >> ~/.bashrc",
    "zsh": "echo 'eval \"$(m2msync completion zsh)\"' >> ~/.zshrc",
    "fish": "m2msync completion fish > ~/.config/fish/completions/m2msync.fish",
}
"""The command that sets each shell up, once."""


def _instructions() -> str:
    return "\n".join(["\b", "To set it up, once:", *(f"  {line}" for line in WHERE.values())])


@click.command(epilog="\n\n".join([_instructions(), options.examples("completion bash", "completion fish")]))
@click.argument("shell", type=click.Choice(list(WHERE)))
@options.verbosity
@options.pass_settings
def command(settings: options.Settings, shell: str) -> int:
    """Print the script that lets SHELL complete commands, options, manifests and the names in them.

    The next shell that is started knows it; zsh needs compinit before it. bash has to be 4.4 or newer; that
    of macOS is not.
    """
    del settings
    from click.shell_completion import ShellComplete, get_completion_class  # noqa: PLC0415 - not needed for --help

    from m2msync.cli.program import program  # noqa: PLC0415 - it imports this module

    made = get_completion_class(shell)
    assert made is not None, shell
    # Not the class's own, which for bash asks the bash of this machine for its version.
    click.echo(ShellComplete.source(made(program, {}, "m2msync", "_M2MSYNC_COMPLETE")), nl=False)
    return 0

"""`sisbench completion`: completion of commands, options and names in the shell."""

from __future__ import annotations

import click

from sisbench.cli.screen import echo


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      eval "$(sisbench completion bash)"          # in ~/.bashrc
      sisbench completion fish > ~/.config/fish/completions/sisbench.fish
    """  # noqa: D301 - click wants the character \b
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    root = context.find_root()
    if script is None:
        raise click.UsageError(f"this version of click has no completion for {shell}")
    echo(script(root.command, {}, "sisbench", "_SISBENCH_COMPLETE").source())

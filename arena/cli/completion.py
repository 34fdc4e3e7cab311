"""`arena completion`: what a shell needs to complete commands, games and agents."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, *, shell: str) -> None:
    r"""Print the completion script of a shell.

    \b
    bash   eval "$(arena completion bash)" in ~/.bashrc
    zsh    eval "$(arena completion zsh)" in ~/.zshrc
    fish   arena completion fish > ~/.config/fish/completions/arena.fish
    """
    script = get_completion_class(shell)
    if script is None:
        raise click.UsageError(f"no completion for {shell!r}", ctx)
    click.echo(script(ctx.find_root().command, {}, "arena", "_ARENA_COMPLETE").source())

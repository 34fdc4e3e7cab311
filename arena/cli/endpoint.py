"""`arena endpoint`: the scripted agents as models behind the OpenAI protocol."""

import click


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
def endpoint(*, port: int, host: str) -> None:
    """Serve the scripted agents over the OpenAI protocol, until stopped.

    Seat them as scripted/honest, scripted/liar and so on. The address is printed on stdout once it can be called. No
    key is asked for, and all that is played there is labelled scripted.
    """
    import asyncio

    asyncio.run(_serve(host, port))


async def _serve(host: str, port: int) -> None:
    import sys

    from arena import terminal
    from arena.chat.endpoint import endpoint as scripted
    from arena.chat.endpoint import models

    server = scripted(host, port)
    await server.start()
    terminal.write(f"{server.url}/v1")
    sys.stdout.flush()
    terminal.say(f"serving {', '.join(models())}")
    terminal.say(f"play one: ARENA_ENDPOINT={server.url}/v1 arena play ultimatum scripted/honest liar")
    try:
        await server.forever()
    finally:
        await server.stop()

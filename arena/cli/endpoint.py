"""`arena endpoint`: the scripted agents as models behind the OpenAI protocol."""

from typing import TYPE_CHECKING

import click

from arena.cli.options import Amount

if TYPE_CHECKING:
    from arena.serving.manners import Manners


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--latency", default="0", metavar="TIME", help="Before each answer: 200ms, 0.5s, or 100ms-2s by lot.")
@click.option(
    "--faults", default="", metavar="KIND=SHARE,…", help="What goes wrong how often, as in 429=0.05,empty=0.02."
)
@click.option("--faults-seed", type=int, default=0, metavar="N", help="Another seed spoils other requests.")
@click.option("--retry-after", type=Amount(0), default=1.0, metavar="SECONDS", help="What a 429 asks for.")
def endpoint(*, port: int, host: str, latency: str, faults: str, faults_seed: int, retry_after: float) -> int:
    """Serve scripted agents and judges over the OpenAI protocol, until stopped.

    Seat them as scripted/honest, scripted/liar and so on; scripted/honest@0.3 answers at random three times of ten.
    The address is printed on stdout once it can be called. No key is asked for, and all that is played there is
    labelled scripted.

    Faults of the endpoint: 429, 500, 503, hang, reset, truncated, malformed, drip; trying again can help. Faults of the
    model: empty, refusal, content_filter, length, nonsense; the same request always gets the same one.
    """
    import asyncio

    from arena.serving.manners import Manners, read_faults, read_latency

    manners = Manners(read_latency(latency), read_faults(faults), faults_seed, retry_after)
    return asyncio.run(_serve(host, port, manners))


async def _serve(host: str, port: int, manners: "Manners") -> int:
    import asyncio
    import os
    import signal
    import sys

    from arena import terminal
    from arena.serving.endpoint import endpoint as scripted
    from arena.serving.endpoint import models

    server = scripted(host, port, manners)
    await server.start()
    terminal.write(f"{server.url}/v1")
    sys.stdout.flush()
    terminal.say(f"serving {', '.join(models())}")
    terminal.say(f"play one: ARENA_ENDPOINT={server.url}/v1 arena play ultimatum scripted/honest liar")
    serving = asyncio.ensure_future(server.forever())
    if os.name == "posix":
        # Raised wherever the signal finds it, an exit could be taken for the failure of the agent that is playing.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    try:
        await asyncio.wait([serving])
    finally:
        await server.stop()
        if manners.given:
            terminal.say("given: " + ", ".join(f"{count} x {kind}" for kind, count in sorted(manners.given.items())))
    return 128 + signal.SIGTERM

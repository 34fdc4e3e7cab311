"""Which models a tournament calls: where, at what price, and whether they can be called before the first match is."""

from collections.abc import Iterable, Sequence

from arena.calling.budget import Budget
from arena.calling.prices import known
from arena.calling.providers import Endpoint, endpoint
from arena.cups.entrants import Entrant
from arena.errors import PreflightError, UsageError
from arena.library import make_agent

Called = tuple[Entrant, Endpoint]
_OPTIONS = (("model", ""), ("scorer", "scorer_"))
"""The options that name a model, and what stands before those that say where it is."""


def called(agents: Iterable[Entrant]) -> list[Called]:
    """Those of the agents that name a model, with where it is reached; executes none of their files."""
    found: list[Called] = []
    for agent in agents:
        for option, prefix in _OPTIONS:
            told = (agent.options.get(name) for name in (option, f"{prefix}base_url", f"{prefix}api_key_env"))
            model, base_url, key_env = (value if isinstance(value, str) else None for value in told)
            if model is None:
                continue
            try:
                found.append((agent, endpoint(model, base_url, key_env)))
            except UsageError as error:
                raise UsageError(f"{_at(agent)}{error}") from None
    return found


async def preflight(agents: Sequence[Entrant], budget: Budget) -> None:
    """Refuse to begin where a price, a key, an endpoint or a model is missing, or an agent's options are wrong."""
    models = called(agents)
    check_prices(models, budget)
    check_keys(agents, models)
    check_options(agents)
    await check_endpoints(models)


def check_prices(models: Sequence[Called], budget: Budget) -> None:
    """Refuse a budget of money where nobody knows what a model costs."""
    if budget.cost_usd is None:
        return
    unpriced = [(agent, where) for agent, where in models if not known(where)]
    if unpriced:
        agent, where = unpriced[0]
        more = f" (and {len(unpriced) - 1} more)" if len(unpriced) > 1 else ""
        raise PreflightError(
            f"{_at(agent)}agent {agent.name!r}: the price of {where.model!r} at {where.place} is not known{more}, so a "
            f'budget of money cannot be kept; set the price in the tournament file: [prices."{where.model}"] with '
            "input and output in USD per million tokens; or limit calls instead: --max-calls N"
        )


def check_keys(agents: Iterable[Entrant], models: Sequence[Called]) -> None:
    """Refuse to begin where the environment lacks a key."""
    needed = [(agent, where.key_env) for agent, where in models]
    called_already = {agent.name for agent, _ in needed}
    needed += [(agent, agent.options.get("api_key_env")) for agent in agents if agent.name not in called_already]
    for agent, variable in needed:
        if isinstance(variable, str):
            try:
                Endpoint("", variable).key()
            except PreflightError as error:
                if "no key" not in str(error):
                    raise PreflightError(f"{_at(agent)}agent {agent.name!r}: {error}") from None
                raise PreflightError(
                    f"{_at(agent)}agent {agent.name!r} takes its key from ${variable}, which is not set; "
                    f"export {variable}=… and run the same command again"
                ) from None


def check_options(agents: Iterable[Entrant]) -> None:
    """Refuse to begin where an agent that has to be waited for finds fault with its own options when it is made."""
    for agent in agents:
        if agent.plain:
            continue
        try:
            make_agent(agent.kind, agent.options)
        except UsageError as error:
            raise UsageError(f"{_at(agent)}agent {agent.name!r}: {error}") from None
        except (Exception, SystemExit):  # noqa: BLE001, S112  # its matches are void then, and say why
            continue


async def check_endpoints(models: Sequence[Called]) -> None:
    """Refuse to begin where an endpoint does not answer, a key is not accepted or a model is not there."""
    from arena.calling.preflight import check_all

    places = list(dict.fromkeys(where for _, where in models))
    health = dict(zip(places, await check_all(places), strict=True))
    problems = [
        f"{_at(agent)}agent {agent.name!r}: {health[where].detail}" for agent, where in models if not health[where].ok
    ]
    if problems:
        raise PreflightError("\n".join(dict.fromkeys(problems)))


def _at(agent: Entrant) -> str:
    return f"{agent.where}: " if agent.where else ""

"""The tournament file that `arena init` writes: commented, and playable as it is."""

_TEXT = """\
# A tournament. `arena run FILE` plays it; the same command again goes on, or does nothing when all is played.
# Further agents, games and deals can be added at any time. What is changed under the same name is refused.
name = "first-cup"
seed = 7                        # all chance comes from it
heldout = false                 # true: take the seed out of this file and set $ARENA_SEED instead
schedule = "round_robin"        # or "swiss", "matchmaking" (closest TrueSkill quality); games scored by reward are always played in full
deals = 3                       # draws of chance a game, one a round; each is played under all rotations of the seats
self_play = true                # games scored by reward: each agent also meets copies of itself, once per deal
repetitions = 1                 # the same deal and seating again, with fresh randomness of the agents

# Every agent has a name of its own and a kind: a file in agents/. Its other keys are that file's options.
[[agents]]
name = "honest"
kind = "honest"

[[agents]]
name = "liar"
kind = "liar"

[[agents]]
name = "tit-for-tat"
kind = "tit_for_tat"

[[agents]]
name = "random"
kind = "random"

# A model behind any OpenAI-compatible address. The key is read from the environment, never from this file.
# [[agents]]
# name = "alice"
# kind = "llm"
# model = "gpt-5-mini"
# base_url = "https://api.openai.com/v1"
# api_key_env = "OPENAI_API_KEY"

# `arena games list` shows the games; "tag:negotiation" stands for all with that tag.
[[games]]
name = "ultimatum"
params = { pie = 100 }

[[games]]
name = "public_goods"
seats = 5
fill = ["random"]               # unrated agents for the seats left over

# The same deals under another condition, compared pairwise. The plain condition, "base", is always played too.
# [[variants]]
# name = "no-acts"
# acts = "off"                  # or "offered" (default), "asked": at least one typed act in each message
# prompt = "Keep your messages short."

# [[judges]]
# kind = "procedural"           # what the log alone can decide; done whether or not it is named

[limits]
concurrency = 64                # matches at once, where agents have to be waited for
max_void_share = 0.0            # above this share of failed matches the exit code is 1
"""


def init_cup() -> str:
    """A tournament file to start from."""
    return _TEXT

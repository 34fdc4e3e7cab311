"""Makes a tiny model with random weights and a tokenizer of its own; run by the interpreter that has transformers.

python tests/peer_model.py CACHE
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

NAME = "arena/tiny"
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
WORDS = "a number from one to a hundred, accept or reject, say or promise what you will, and it need not be true. "
SPECIAL = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]


def make(cache: Path) -> None:
    """Put config, weights, tokenizer and chat template where a hub's cache has a model named `NAME`."""
    repository = cache / f"models--{NAME.replace('/', '--')}"
    folder = repository / "snapshots" / ("0" * 40)
    folder.mkdir(parents=True)
    (repository / "blobs").mkdir()
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    # They are only where the peer server is, so nothing here can be checked against their types.
    tokenizers: Any = import_module("tokenizers")
    torch: Any = import_module("torch")
    transformers: Any = import_module("transformers")
    bpe = tokenizers.ByteLevelBPETokenizer()
    bpe.train_from_iterator([WORDS] * 50, vocab_size=512, min_frequency=1, special_tokens=SPECIAL)
    bpe.save(str(folder / "tokenizer.json"))
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"),
        eos_token=SPECIAL[0],
        pad_token=SPECIAL[0],
        chat_template=TEMPLATE,
        model_max_length=8192,
    )
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=8192,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    make(Path(sys.argv[1]))

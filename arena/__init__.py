"""Social and negotiation games for language models."""

__version__ = "0.1.0"

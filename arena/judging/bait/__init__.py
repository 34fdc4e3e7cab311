"""Matches with known conduct, mixed in to see which judges find it."""

"""A match as a chat: every word of the prompt, the model that is sent it, and what its answers do."""

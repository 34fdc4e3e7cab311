"""A match as a chat: the prompt, the way back from it, and the scripted endpoint."""

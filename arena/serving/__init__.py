"""The scripted endpoint: reads a match out of a chat, plays a character, and answers over HTTP, well or badly."""

"""The machinery of the scripted characters: what they know, what they learn, what they say."""

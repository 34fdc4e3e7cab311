"""How good each judge is, and what may be believed of what it says."""

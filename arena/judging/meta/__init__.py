"""Rankings of rankings: which of two judgements is better, and how judges are rated by that."""

"""What several judges come to together: scores of conduct, and ranks where only judges can decide."""

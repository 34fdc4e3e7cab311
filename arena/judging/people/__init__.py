"""People as judges: a blind sheet written, read back, and held against panels and rules."""

"""How a guess is found: what a seat's events say of the past, seeds that show it the same, and answers that fit."""

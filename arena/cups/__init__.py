"""What is played: the tournament file, who takes part, who meets whom."""

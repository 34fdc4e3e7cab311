"""What a judge is sent of a match, and how strictly its reply is read."""

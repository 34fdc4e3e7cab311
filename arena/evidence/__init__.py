"""What lies under conduct: what was known, what an act left open, what breaking a promise did."""

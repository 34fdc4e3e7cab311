"""What lies under boards: contests, TrueSkill, strength, conduct over many matches, comparisons."""

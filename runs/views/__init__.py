"""The pages of runs and agents."""

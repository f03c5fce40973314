"""The licence register. Imports nothing of ours but the clock."""

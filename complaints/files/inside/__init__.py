"""What runs in the process that opens one file of a stranger and ends. The web process imports nothing from here."""

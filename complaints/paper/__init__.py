"""Drawing on A4 in every script: the paper form and the letter to an office outside."""

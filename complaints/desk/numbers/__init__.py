"""The head's numbers: counted, with small ones left out and the others rounded, drawn, and written as tables."""

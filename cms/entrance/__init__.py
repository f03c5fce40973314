"""The way into the regulators' admin: password, then a second factor. Nobody is signed in before both."""

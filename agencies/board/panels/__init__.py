"""The regulator's day: what waits and what falls due, on the admin's first page and in the lists behind it."""

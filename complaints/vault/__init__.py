"""Keys, receipts and envelopes: pure functions over bytes, without Django.

`docs/formats.md` gives the layout of every envelope. Nothing here keeps state, logs, or puts
a value into an error message; the only input and output is `retention.WeekKeyFolder`.
"""

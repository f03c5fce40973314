"""What people attach, made clean: a photo, a PDF, a recording, decoded and written anew in a closed-in process.

Intake and desk both take files this way. `cleaning.clean` is the door, `taking` what a page asks, `showing` the way
back to a browser; `words` says in plain words what came of it. The libraries that read files of strangers
are imported below `inside` only, and `inside` only by a process that ends after one file (docs/decisions/0015).
This module imports nothing, so that such a process starts with nothing of ours in its memory.
"""

"""What intake and desk share of taking files: how large, how many at a time, how many at all."""

from .base import env

__all__ = ["FILES_AT_ONCE", "FILES_PATIENCE", "FILES_ROOM", "FILE_UPLOAD_MAX_MEMORY_SIZE", "LARGEST_POST"]

# A file is in memory while it is cleaned, and nowhere else; a post with one may be this long.
LARGEST_POST = 17 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = LARGEST_POST
FILES_AT_ONCE = env.int("RW_FILES_AT_ONCE", 1)  # cleaned at a time, each in a process of up to half a GiB
FILES_PATIENCE = env.float("RW_FILES_PATIENCE", 6.0)  # seconds that another one waits, and holds a thread
# All files together; then they are refused, and texts never. Forms that are not sent yet may take half (files.space).
FILES_ROOM = env.int("RW_FILES_ROOM_MIB", 20_480) * 2**20

"""What an office outside gets of a case: `content` says what, `letter` puts it into words, `package` seals it.

Nothing here can say who complained: it is written from a case as its holder has it open, which is without the identity.
"""

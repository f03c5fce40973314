"""What surrounds a licence: one small module a subject, each with its verbs and what it can be asked."""

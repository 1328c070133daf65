"""Pieces of pages: each module has one ``show(key, ...)`` and owns the session keys that begin with that key."""

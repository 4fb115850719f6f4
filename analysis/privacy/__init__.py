"""Pseudonyms before coding, and what must not be in a site that is published."""

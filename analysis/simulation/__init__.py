"""The constructed panel, panels with known effects, and what methods do under known truths."""

"""Into and out of a panel: transcripts, coded projects, tables."""

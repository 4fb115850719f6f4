"""What the analysis starts from: the study record, and what an interview panel is."""

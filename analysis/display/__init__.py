"""What the reader sees: wording, tables, figures, and the record of findings in a notebook."""

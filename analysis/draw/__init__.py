"""The pictures of the book: one function for each kind, from a tidy frame to a figure."""

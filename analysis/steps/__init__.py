"""One module a chapter: data in, tidy result tables and findings out."""

"""The book: executing the notebooks, building the site, and what its pages say of themselves."""

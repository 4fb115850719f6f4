"""Findings (every number that the prose states), claims, and where a build came from."""

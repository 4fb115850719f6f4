"""Generators with known truth, to see what a method could find and how often it is right."""

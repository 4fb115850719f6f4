"""Robustness: which findings keep their sign, rank and wording when choices and people change."""

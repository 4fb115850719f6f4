"""The words of the interviews: keyness by side, task and code, dispersion, lines in context.

Exploratory: no word was named beforehand. What counts as a word is in :mod:`words`, who said it in
:mod:`corpus`, which words are key in :mod:`keywords` and :mod:`codes`, the lines in
:mod:`concordance`, what the prose states in :mod:`sentences` and :mod:`report`.
"""

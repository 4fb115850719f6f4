"""Tables that a chapter needs and no statistic gives: at most one module a chapter."""

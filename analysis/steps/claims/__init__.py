"""The claims chapter: what the article, public figures and a panel say of each claim."""

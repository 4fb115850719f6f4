"""Are the statistics right: published examples, and independent implementations beside ours."""

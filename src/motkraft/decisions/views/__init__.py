"""Pages of decisions: lists, the item page, its steps, openings, and the public verification."""

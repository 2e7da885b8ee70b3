"""Pages of cooperation: support, sharing figures, and the national picture."""

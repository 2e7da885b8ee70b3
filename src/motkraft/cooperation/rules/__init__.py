"""Pure rules of cooperation: support requests, and figures in which nobody can be found."""

"""Pages of the watch: imports, the morning list, review, exposures and claims."""

"""Pages of answers: for those who write them, and for everyone."""

"""Safety plans: all of them, one with its measures, and one's own protection."""

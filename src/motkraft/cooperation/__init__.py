"""Support between municipalities and the national knowledge unit, and the national picture that shows nobody."""

"""Threats against staff: reports, evidence, duties with clocks, police reports, and the threat picture of cases."""

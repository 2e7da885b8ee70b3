"""Commitments, sealing to custodians, e-seals on PDF, timestamps, and the leak scan. Knows no other engine."""

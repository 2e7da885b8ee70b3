"""Watch: posts come in, the machine proposes what they repeat and whom they expose, a person decides."""

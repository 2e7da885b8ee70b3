"""What happened, in order, provably. Uses ``tlog``; every action above appends here in its own transaction."""

"""Protected decisions: who decides is checked, never invented; who decided can be left out of the notice, never lost."""

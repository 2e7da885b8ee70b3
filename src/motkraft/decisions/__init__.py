"""Protected decisions: who decides is checked, never invented; a name can be left out of a notice, never lost."""

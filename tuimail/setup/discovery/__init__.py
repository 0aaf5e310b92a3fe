"""Which servers an address has."""

"""The way in for partners' systems, as the contract fixes it. It translates; services decide."""

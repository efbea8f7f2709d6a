"""The way in for partners' systems: how they are known, and the directory they look up."""

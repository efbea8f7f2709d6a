"""Who gets what, at every address of the site: a matrix made from the resolver."""

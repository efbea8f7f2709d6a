"""Multi Agency Incident Transfer (MAIT), as far as it is publicly described: an adapter, and nobody's rule.

The published schema was not to be had when this was written. What public pages say of it is here: messages
that create, update and close an incident; agencies that are identified; a place, people, a text; and an
electronic confirmation that an incident "has been received and is being considered". The names of the
elements are our own, in ``vocabulary``: whoever has the schema changes them there.
"""

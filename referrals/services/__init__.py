"""The verbs: every write is here. Keyword arguments, one transaction, the case locked first."""

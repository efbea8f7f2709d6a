"""Opening files of strangers: in a process of its own, with little memory and little time.

``python -m referrals.services.cleaning`` reads a file from its standard input and answers with what it is and
what may be kept of it. It is given no settings, no database and no secret, and can write no file.
"""

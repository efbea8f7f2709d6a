"""How the secrets of programs are kept. People's passwords keep Django's own, slow hashing."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class RandomSecretHasher(PBKDF2PasswordHasher):
    """For secrets of 128 random characters, which nobody can guess however fast the guesses are.

    Salt and an approved one-way function suffice from 112 random bits on (NIST SP 800-63B, 3.1.2.2); many
    rounds, as for passwords, would make every token cost what a sign-in costs.
    """

    algorithm = "pbkdf2_sha256_random"
    iterations = 1

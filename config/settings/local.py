"""Settings for `make run` and for working on the code.

What the environment leaves out is read from the running system's own state, so that
``manage.py`` in another terminal reaches the same database and broker.
"""

from config.env import env, run_dir

env.read_env(run_dir() / "services.env")

from config.settings.base import *

DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = ["*"]
WHITENOISE_USE_FINDERS = True
API_REQUESTS_A_MINUTE = env.int("API_REQUESTS_A_MINUTE", 1_000_000)  # measuring is no misuse
WEBHOOKS_MAY_REACH_LOOPBACK = env.bool("WEBHOOKS_MAY_REACH_LOOPBACK", True)  # a receiver to try them with

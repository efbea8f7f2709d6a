"""The PostgreSQL and the broker that are started when none is configured.

For development, demonstration and tests. In production they are DATABASE_URL and
CELERY_BROKER_URL, and nothing of this is used.
"""

"""Settings of the test suite: a real PostgreSQL, named by TEST_DATABASE_URL or embedded."""

import os
import tempfile

os.environ.setdefault("CALLBOARD_DATA", tempfile.mkdtemp(prefix="callboard-test-"))

from portal.settings.base import *  # noqa: F403

SECRET_KEY = "test-" + "k" * 60
ENCRYPTION_KEY = "test-" + "e" * 60
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
GITHUB_TOKEN = "test-token"
FORGE_ADMIN_TOKEN = "test-token"
GITHUB_WEBHOOK_SECRET = "test-webhook-secret"
# No test reaches the network: only the hosts it configures itself.
OUTBOUND_PUBLIC = False
GALLERY = True
DEMONSTRATION = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Hashing slowly is the point elsewhere; here it only costs time.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
# Static files come through the same door as in production, without being collected first.
WHITENOISE_USE_FINDERS = True
CELERY_TASK_ALWAYS_EAGER = False

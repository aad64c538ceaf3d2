"""The embedded defaults: one machine, loopback, everything included. `bin/up` uses these."""

from portal.settings.base import *  # noqa: F403
from portal.settings.base import DATA_FOLDER, EMBEDDED_FORGE, PUBLIC_URL, env

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or DATA_FOLDER.secret("django")
ENCRYPTION_KEY = env.str("CALLBOARD_ENCRYPTION_KEY", default="") or DATA_FOLDER.secret("encryption")
GITHUB_TOKEN = env.str("GITHUB_TOKEN", default="")
if EMBEDDED_FORGE and not GITHUB_TOKEN:
    # Only there: the forge's own secret must never be sent to GitHub.
    GITHUB_TOKEN = DATA_FOLDER.secret("forge-token")
GITHUB_WEBHOOK_SECRET = env.str("GITHUB_WEBHOOK_SECRET", default="") or DATA_FOLDER.secret(
    "webhook"
)
FORGE_ADMIN_TOKEN = DATA_FOLDER.secret("forge-token")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
# The gallery of components is for those who build the portal.
GALLERY = True

"""Production: every secret from outside, HTTPS only."""

from portal.settings.base import *  # noqa: F403
from portal.settings.base import EMBEDDED_DATABASE, EMBEDDED_FORGE, PUBLIC_URL, env

SECRET_KEY = env.str("SECRET_KEY")
ENCRYPTION_KEY = env.str("CALLBOARD_ENCRYPTION_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
GALLERY = False
DEMONSTRATION = env.bool("CALLBOARD_DEMONSTRATION", default=False)

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"
if env.bool("CALLBOARD_BEHIND_PROXY", default=False):
    # Only where the proxy removes the header from what clients send.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("CALLBOARD_TRUSTED_PROXIES", default=0)
if EMBEDDED_FORGE and not EMBEDDED_DATABASE:
    FORGE_ADMIN_TOKEN = env.str("GITHUB_TOKEN", default="")

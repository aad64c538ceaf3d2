# Two stages: the second has no compiler and no package caches, and runs as an ordinary user.
FROM python:3.12-slim-bookworm AS build
WORKDIR /app
COPY requirements requirements
COPY bin bin
COPY package.json package-lock.json ./
RUN python bin/bootstrap.py install production
COPY . .
RUN SECRET_KEY=build-only-not-used-at-run-time-0123456789-0123456789 CALLBOARD_ENCRYPTION_KEY=build ALLOWED_HOSTS=localhost \
    DJANGO_SETTINGS_MODULE=portal.settings.production .venv/bin/python manage.py collectstatic --noinput -v0

FROM python:3.12-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home callboard
WORKDIR /app
COPY --from=build --chown=callboard:callboard /app /app
USER 10001
ENV PATH=/app/.venv/bin:$PATH DJANGO_SETTINGS_MODULE=portal.settings.production PYTHONUNBUFFERED=1
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "portal.wsgi", "--worker-class=gthread", "--workers=2", "--threads=8", "--preload", "--bind=0.0.0.0:8000"]

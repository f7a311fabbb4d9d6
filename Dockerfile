# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python -m venv /venv
COPY requirements.lock .
RUN /venv/bin/pip install --require-hashes -r requirements.lock
COPY manage.py ./
COPY dashboard dashboard
COPY runs runs
COPY schedules schedules
COPY templates templates
COPY static static
COPY ops ops
# Hashed and compressed once, here; it needs no secret of the installation.
RUN SKYDECK_VAR=/tmp/build /venv/bin/python manage.py collectstatic --noinput

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 SKYDECK_ENV=production SKYDECK_VAR=/var/lib/skydeck HOST=0.0.0.0
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/skydeck --shell /usr/sbin/nologin skydeck \
    && install -d -o skydeck -m 700 /srv/evidence
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-m", "ops.health"]
CMD ["gunicorn", "-c", "ops/gunicorn_conf.py", "dashboard.wsgi:application"]

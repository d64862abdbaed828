# The service, without torch: docs/deploy.md
FROM python:3.11-slim AS build
WORKDIR /build
COPY deploy/requirements.txt ./
RUN python -m venv /opt/snowpeople \
    && /opt/snowpeople/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml LICENSE ./
COPY snowpeople snowpeople
COPY share share
COPY etc etc
RUN /opt/snowpeople/bin/pip install --no-cache-dir --no-deps . \
    && /opt/snowpeople/bin/pip uninstall --yes pip

FROM python:3.11-slim
COPY --from=build /opt/snowpeople /opt/snowpeople
COPY export.pkl /srv/export.pkl
# Nothing is written: it runs with --read-only as well
ENV PATH=/opt/snowpeople/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SNOWPEOPLE_EXPORT=/srv/export.pkl \
    SNOWPEOPLE_HOST=0.0.0.0 \
    PORT=8080
USER 1000
WORKDIR /srv
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/readyz', timeout=4)"]
ENTRYPOINT ["snowpeople"]
CMD ["serve"]

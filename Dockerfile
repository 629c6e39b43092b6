# syntax=docker/dockerfile:1
# Four stages: the console is built, the Python environment is built, Helm is fetched, and a small image carries them.
# Nothing that builds (Node, pip, a compiler) is in the image that runs.
# `make pin-images` writes the digest of each base image behind its tag; here are tags, which somebody can move.

FROM node:24-bookworm-slim AS console
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY openapi/openapi.json ../openapi/openapi.json
COPY frontend/ ./
RUN npm run build

FROM python:3.12-slim-bookworm AS environment
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv --without-pip /opt/stagecoach/venv
COPY requirements.txt /tmp/requirements.txt
# Wheels only, by hash: nothing is compiled and nothing unexpected is installed.
RUN python -m pip --python /opt/stagecoach/venv/bin/python install --only-binary=:all: --require-hashes -r /tmp/requirements.txt

FROM python:3.12-slim-bookworm AS helm
ARG TARGETARCH
ARG HELM_VERSION=4.2.3
# The image delivery `helm` runs it. What is unpacked has the checksum that is published beside it.
ADD https://get.helm.sh/helm-v${HELM_VERSION}-linux-${TARGETARCH}.tar.gz https://get.helm.sh/helm-v${HELM_VERSION}-linux-${TARGETARCH}.tar.gz.sha256sum /tmp/helm/
RUN cd /tmp/helm && sha256sum --check ./*.sha256sum \
 && tar --extract --gzip --file ./*.tar.gz --strip-components 1 --directory /usr/local/bin "linux-${TARGETARCH}/helm"

FROM python:3.12-slim-bookworm
LABEL org.opencontainers.image.title="Stagecoach" \
      org.opencontainers.image.description="Carries an application from one Kubernetes environment to the next"
RUN groupadd --system --gid 10001 stagecoach \
 && useradd --system --uid 10001 --gid stagecoach --home-dir /var/lib/stagecoach --create-home stagecoach \
 && rm -rf /usr/local/lib/python3.12/site-packages/pip* /usr/local/bin/pip*
WORKDIR /opt/stagecoach
COPY --from=helm /usr/local/bin/helm /usr/local/bin/helm
COPY --from=environment /opt/stagecoach/venv venv
COPY api api
COPY services services
COPY db db
COPY domain domain
COPY migrations migrations
COPY --from=console /build/frontend/dist frontend/dist
RUN /opt/stagecoach/venv/bin/python -m compileall -q api services db domain
ENV PATH=/opt/stagecoach/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STAGECOACH_HOST=0.0.0.0 \
    STAGECOACH_PORT=8080 \
    STAGECOACH_DATA=/var/lib/stagecoach
USER 10001:10001
VOLUME /var/lib/stagecoach
EXPOSE 8080
# The interpreter that is there anyway asks the service how it is.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['STAGECOACH_PORT']}/readyz\", timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "api"]

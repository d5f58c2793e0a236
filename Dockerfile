# One recipe: the image is made by the same scripts/setup as a checkout. `scripts/image.py` takes these steps without an engine.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
# What is installed beside the service, of `project.optional-dependencies`.
ARG EXTRAS="postgresql otel"
WORKDIR /opt/processor
ENV UV_LINK_MODE=copy
COPY . .
RUN --mount=type=cache,target=/root/.cache/uv scripts/setup
# The tools of development stay behind; what is left is compiled, since nothing can be written later.
RUN for lock in service $EXTRAS; do grep -o '^[^ ]*==' "locks/$lock.txt"; done >/tmp/kept \
    && grep -o '^[^ ]*==' locks/dev.txt | grep -vxFf /tmp/kept | tr -d = \
    | xargs .tools/uv/bin/uv pip uninstall --quiet --python .venv/bin/python \
    && rm -r .tools playground \
    && .venv/bin/python -m compileall -q processor .venv/lib \
    && chmod -R a+rX .environments

FROM ${BASE}
ARG VERSION=3.3.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Python Processor" \
      org.opencontainers.image.description="Runs a Python statement as a step of an integration" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN groupadd --gid 10001 processor \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin processor \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/processor
# The same folder as above: a virtual environment knows where it stands.
COPY --from=build /opt/processor /opt/processor
WORKDIR /opt/processor
ENV PYTHONDONTWRITEBYTECODE=1
# Runs are kept apart by user namespaces of its own making; as root, every run would be a user of its own: docs/operating/deployment.md.
USER 10001:10001
VOLUME /var/lib/processor
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/opt/processor/.venv/bin/python", "/opt/processor/scripts/healthy.py"]
ENTRYPOINT ["/opt/processor/.venv/bin/processor"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080", "--data-dir", "/var/lib/processor"]

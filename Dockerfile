# One recipe: the image is made by the same scripts/setup as a checkout.
FROM python:3.11-slim-bookworm AS build
WORKDIR /opt/processor
ENV UV_LINK_MODE=copy UV_NO_CACHE=1
COPY . .
RUN scripts/setup
# The tools of development stay behind.
RUN grep -o '^[^ ]*==' locks/service.txt >/tmp/service \
    && grep -o '^[^ ]*==' locks/dev.txt | grep -vxFf /tmp/service | tr -d = \
    | xargs .tools/uv/bin/uv pip uninstall --quiet --python .venv/bin/python \
    && rm -r .tools playground/node_modules

FROM python:3.11-slim-bookworm
# The same folder as above: a virtual environment knows where it stands.
COPY --from=build /opt/processor /opt/processor
WORKDIR /opt/processor
# It is root, so that every run is a user of its own: decision 18.
VOLUME /var/lib/processor
EXPOSE 8080
ENTRYPOINT ["/opt/processor/.venv/bin/processor"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080", "--data-dir", "/var/lib/processor"]

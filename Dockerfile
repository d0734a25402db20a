# Connectory as a container, built from this source tree.
#
#   docker build -t connectory .
#   docker build -t connectory:chat --build-arg EXTRAS=slack,teams .        only what the processes use
#   docker run -p 8080:8080 -e CAMUNDA_REST_ADDRESS=http://camunda:8080 connectory
#
# Connectors of one's own come on top, in an image FROM this one: docs/running.md shows it.

ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
ARG UV=0.13.9
ARG EXTRAS=rest,slack,teams,kafka,webhook
RUN pip install --no-cache-dir --root-user-action=ignore "uv==${UV}"
WORKDIR /source
COPY . .
# The wheel is named by its path, as its version may be on the index as well; the others follow by their exact pins.
RUN uv build --quiet --all-packages --wheel --out-dir /dist \
    && uv venv --quiet /opt/connectory \
    && uv pip install --quiet --python /opt/connectory/bin/python --find-links /dist --compile-bytecode \
        "connectory[${EXTRAS}] @ file://$(echo /dist/connectory-[0-9]*.whl)"

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="connectory" \
      org.opencontainers.image.description="Out-of-the-box connectors for Camunda 8, in Python" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/connectory /opt/connectory
# Nothing is written: the container runs with a read-only file system and under any user.
ENV PATH=/opt/connectory/bin:${PATH} PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 1000:1000
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["connectory", "healthcheck"]
ENTRYPOINT ["connectory", "start"]

# slo in a container: docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" slo-compiler compile
# To be sure of the base, name its digest, too: --build-arg BASE=python:3.13-slim-bookworm@sha256:...
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY slo_compiler slo_compiler
COPY schemas schemas
COPY templates templates
RUN python3 -m venv /opt/slo
RUN /opt/slo/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM ${BASE}
# for `slo diff` between revisions
RUN apt-get update && apt-get install --yes --no-install-recommends git && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/slo /opt/slo
ENV PATH=/opt/slo/bin:$PATH
# nobody in particular, and not root: what is written needs --user, so that it belongs to whoever asked
USER 10001:10001
WORKDIR /work
ENTRYPOINT ["slo"]

# Two stages: wheels are installed where there is a compiler's worth of tools, the result runs without them.
FROM python:3.13-slim AS build
# "storage" adds the packages for large results from BigQuery (docs/bigquery.md).
ARG REQUIREMENTS=runtime
WORKDIR /src
COPY requirements/uv.txt requirements/runtime.txt requirements/storage.txt requirements/
RUN python -m venv /opt/assay \
 && /opt/assay/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
 && /opt/assay/bin/uv pip install --no-cache --python /opt/assay/bin/python --require-hashes -r requirements/$REQUIREMENTS.txt
COPY . .
RUN /opt/assay/bin/uv pip install --no-cache --python /opt/assay/bin/python --no-deps --no-build-isolation . \
 && /opt/assay/bin/python -m pip uninstall --yes uv pip

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home assay
COPY --from=build /opt/assay /opt/assay
ENV PATH=/opt/assay/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ASSAY_WORKSPACE=/workspace
USER 10001
WORKDIR /workspace
VOLUME ["/workspace/state"]
EXPOSE 8765
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8765/readyz', timeout=2)"]
# Refuses to start without sign-in (docs/sign_in.md), or where this user may write the mounted catalog.
CMD ["assay", "serve", "--http", "0.0.0.0:8765"]

# `gpubourse run` for compose.yaml. The PostgreSQL is a server of its own, next to it.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/gpubourse && \
    /opt/gpubourse/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
# The console's libraries come through npm, in a folder that the image does not keep.
COPY setup setup
RUN python -m venv /tmp/setup && /tmp/setup/bin/python setup/vendor.py
COPY . .
RUN /opt/gpubourse/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim
RUN useradd --uid 8470 --create-home gpubourse && \
    install --directory --owner=gpubourse --mode=0700 /var/lib/gpubourse
COPY --from=build /opt/gpubourse /opt/gpubourse
ENV PATH=/opt/gpubourse/bin:$PATH GPUBOURSE_DATA=/var/lib/gpubourse PYTHONUNBUFFERED=1
USER gpubourse
EXPOSE 8470
ENTRYPOINT ["gpubourse"]
CMD ["run"]

# controlcenter as an image: the front end is built in one stage, the rest is Python packages checked by their hashes.
FROM node:24-slim AS front
WORKDIR /build
COPY package.json package-lock.json .npmrc build.js ./
COPY static/icons.txt static/icons.txt
RUN npm ci --ignore-scripts && node build.js

FROM python:3.11-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 CC_DATA_DIR=/data CC_DEMO_BROKERS=0
WORKDIR /app
COPY requirements/run.txt requirements/run.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY manage.py ./
COPY controlcenter controlcenter
COPY demo demo
COPY templates templates
COPY static static
COPY --from=front /build/static/dist static/dist
RUN useradd --uid 1000 --create-home center && install -d -o center -g center -m 0700 /data
USER center
VOLUME /data
EXPOSE 8000
# Inside a container the first process must reap what others leave: run it with `docker run --init`, or `init: true`.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["python", "manage.py", "runcenter"]

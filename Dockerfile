# One process that does everything; its database is in /data. docs/deploy.md says how to run it.
FROM python:3.12-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --root-user-action=ignore --require-hashes -r requirements.txt
COPY config config
COPY bot bot
# Compiled now: whoever runs it may not write here. Whoever `--user` names may write to /data. It is no VOLUME: Railway
# refuses to build a Dockerfile that has one.
RUN python -m compileall -q bot && useradd --system tidings && install -d -o tidings -m 1777 /data && ln -s /data data
USER tidings
ENV HOST=0.0.0.0 PORT=8080 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
EXPOSE 8080
HEALTHCHECK CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=5)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]

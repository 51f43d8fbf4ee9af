# The page and its API: docker build -t cnnviz . && docker run -p 7860:7860 -v cnnviz-cache:/cache cnnviz
FROM python:3.12-slim

RUN useradd --uid 1000 --create-home cnnviz && install --directory --owner=1000 /cache
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --requirement requirements.txt
COPY LICENSE README.md app.py ./
COPY cnnviz cnnviz

USER 1000
# What is fetched from the Hub, and what can be made again, outlives the container.
ENV HF_HOME=/cache/huggingface CNNVIZ_CACHE=/cache/cnnviz PYTHONDONTWRITEBYTECODE=1
ENV CNNVIZ_HOST=0.0.0.0 CNNVIZ_PORT=7860
VOLUME /cache
EXPOSE 7860
HEALTHCHECK --start-period=2m --interval=30s --timeout=10s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"CNNVIZ_PORT\"]}/healthz', timeout=5)"]
ENTRYPOINT ["python", "-m", "cnnviz"]
CMD ["serve"]

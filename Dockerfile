# syntax=docker/dockerfile:1

# Compiles with everything, then drops what only compiling and testing need.
FROM node:22-bookworm-slim AS build
WORKDIR /plaza
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY migrations ./migrations
COPY src ./src
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:22-bookworm-slim
LABEL org.opencontainers.image.title="Plaza" \
      org.opencontainers.image.description="A community server for the Session messenger" \
      org.opencontainers.image.licenses="MIT"
RUN groupadd --system --gid 10001 plaza \
 && useradd --system --uid 10001 --gid plaza --home-dir /data --shell /usr/sbin/nologin plaza \
 && install --directory --owner=plaza --group=plaza --mode=0700 /data
WORKDIR /plaza
COPY --from=build /plaza/package.json ./
COPY --from=build /plaza/node_modules ./node_modules
COPY --from=build /plaza/dist/server ./dist/server
COPY bin ./bin
COPY public ./public
RUN ln -s /plaza/bin/plaza.js /usr/local/bin/plaza && echo container > installed-as
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/data
USER plaza
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "dist/server/main.js"]

# One image for the server and the simulators: built with everything, run with what the server needs.
FROM node:22-bookworm-slim AS build
WORKDIR /app
# Renders what the wall says aloud; the image that runs does without.
RUN apt-get update && apt-get install -y --no-install-recommends espeak-ng && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

FROM node:22-bookworm-slim AS libraries
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:22-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=libraries /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY --from=build /app/dist ./dist
COPY config ./config
# The volumes are made from these folders and take their owner.
RUN mkdir -p data/live data/demo && chown -R node:node data
USER node
EXPOSE 8080
CMD ["node", "--max-old-space-size=2000", "dist/app/main.js", "serve"]

// How the wall is built and served while it is being worked on.
import vue from "@vitejs/plugin-vue";
import { defineConfig, type Plugin } from "vite";
import { licences } from "./licences.config.ts";

/** Every browser that can run the wall reads woff2: the woff twins would double the size of what is shipped. */
function withoutWoff(): Plugin {
  return {
    name: "without-woff",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("@fontsource") || !id.endsWith(".css")) return null;
      return { code: code.replaceAll(/,\s*url\([^)]*\.woff\)\s*format\(['"]woff['"]\)/g, ""), map: null };
    },
  };
}

const server = "http://127.0.0.1:8080";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [withoutWoff(), vue(), licences()],
  server: {
    host: "127.0.0.1",
    proxy: { "/api": server, "/health": server, "/socket.io": { target: server, ws: true } },
  },
  build: {
    outDir: "../dist/dashboard",
    emptyOutDir: true,
    target: "es2023",
    // Fonts stay files: inlined they would be fetched by every wall, needed or not.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1400,
  },
});

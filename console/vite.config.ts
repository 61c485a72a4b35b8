import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const api = process.env.TENANTRY_URL ?? "http://127.0.0.1:8787";
const { headers } = JSON.parse(readFileSync(resolve(import.meta.dirname, "headers.json"), "utf8")) as {
  headers: Record<string, string>;
};

/** The API of a local run. It compares the origin of a request with the host that it was sent to. */
const proxy = { "/v1": { target: api, changeOrigin: false } };

/** `npx vite` serves with the headers of the real thing, save for what hot reloading needs: inline styles, a web socket. */
const devHeaders = (): Plugin => ({
  name: "headers",
  apply: "serve",
  configureServer({ middlewares }) {
    middlewares.use((_, response, next) => {
      for (const [name, value] of Object.entries(headers))
        if (name !== "content-security-policy") response.setHeader(name, value);
      next();
    });
  },
});

/** Imports each icon from its own file. From the package's index it would be the same result, but all of its 6,000 modules would be read for it. */
const singleIcons = (): Plugin => ({
  name: "single-icons",
  apply: "build",
  enforce: "pre",
  transform: {
    filter: { id: /\/console\/src\/.*\.tsx?$/ },
    handler(code) {
      return code.replaceAll(/import \{([^}]*)\} from "@tabler\/icons-react";/g, (_, names: string) =>
        names
          .split(",")
          .map((name) => name.trim())
          .filter((name) => name !== "" && !name.startsWith("type "))
          .map((name) => `import ${name} from "@tabler/icons-react/dist/esm/icons/${name}.mjs";`)
          .join(""),
      );
    },
  },
});

export default defineConfig({
  base: "/console/",
  plugins: [singleIcons(), react(), devHeaders()],
  resolve: { conditions: ["tenantry:source", "module", "browser", "development|production"] },
  server: { port: 5173, strictPort: true, proxy },
  preview: { port: 5174, strictPort: true, proxy, headers },
  build: {
    target: "es2022",
    outDir: resolve(import.meta.dirname, "../.build/console-by-hand"),
    emptyOutDir: true,
    // Nothing may be inlined as data: what the policy lets through is the service's own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What belongs to which page; a test weighs them by it.
    manifest: "manifest.json",
    rolldownOptions: {
      input: {
        index: resolve(import.meta.dirname, "index.html"),
        login: resolve(import.meta.dirname, "login.html"),
      },
    },
  },
});

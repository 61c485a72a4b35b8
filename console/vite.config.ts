import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type HtmlTagDescriptor, type Plugin, type Rolldown } from "vite";

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

const source = (path: string): string => resolve(import.meta.dirname, "src", path);
/** What nearly everybody opens first, with the frame around it. */
const firstView = ["app/main.tsx", "frame/node-page.tsx", "views/overview/overview-view.tsx"].map(source);
const loginPage = [source("login/main.tsx")];
/** What runs while the rest is on its way, and must not wait for it. */
const earlyCode = [source("app/early.ts")];

/** All that some modules import at once, and they themselves. */
function closureOf(roots: readonly string[], context: Rolldown.ChunkingContext) {
  const closure = new Set(roots);
  for (const id of closure) for (const imported of context.getModuleInfo(id)?.importedIds ?? []) closure.add(imported);
  return closure;
}

/**
 * Puts what the first view needs into three files: by itself the bundler would make a file of each module that two views share, and a hundred small
 * files take longer than three.
 */
function firstChunks(): Rolldown.CodeSplittingOptions {
  const chunkOf = (id: string, context: Rolldown.ChunkingContext): string | null => {
    sets ??= {
      early: closureOf(earlyCode, context),
      first: closureOf(firstView, context),
      login: closureOf(loginPage, context),
    };
    if (sets.early.has(id)) return "early";
    if (!sets.first.has(id)) return null;
    if (sets.login.has(id)) return "shared";
    return id.includes("/node_modules/") ? "vendor" : "first";
  };
  let sets: Record<"early" | "first" | "login", Set<string>> | undefined;
  // A file takes along what it imports, unless one before it has.
  const names = ["early", "shared", "vendor", "first"];
  return {
    groups: names.map((name, index) => ({
      debugName: name,
      priority: names.length - index,
      name: (id, context) => (chunkOf(id, context) === name ? name : null),
    })),
  };
}

/** Has the browser load the files of the first view at once, rather than after the code that asks for them. */
const earlyLinks = (): Plugin => ({
  name: "early-links",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler(_, { bundle = {}, path }) {
      if (!path.endsWith("index.html")) return [];
      const files = new Set(
        Object.values(bundle).flatMap((file) =>
          file.type === "chunk" && firstView.some((view) => file.facadeModuleId === view)
            ? [file.fileName, ...file.imports, ...(file.viteMetadata?.importedCss ?? [])]
            : [],
        ),
      );
      for (const name of files) {
        const file = bundle[name];
        if (file?.type !== "chunk") continue;
        for (const more of [...file.imports, ...(file.viteMetadata?.importedCss ?? [])]) files.add(more);
      }
      return [...files].map((name): HtmlTagDescriptor => ({
        tag: "link",
        attrs: {
          rel: name.endsWith(".css") ? "stylesheet" : "modulepreload",
          crossorigin: true,
          href: `/console/${name}`,
        },
        injectTo: "head",
      }));
    },
  },
});

export default defineConfig({
  base: "/console/",
  plugins: [singleIcons(), react(), devHeaders(), earlyLinks()],
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
      output: { codeSplitting: firstChunks() },
      input: {
        index: resolve(import.meta.dirname, "index.html"),
        login: resolve(import.meta.dirname, "login.html"),
      },
    },
  },
});

import { join } from "node:path";
import { stampedBuild } from "./stamped-build.ts";

/**
 * The pages of the web console, made from the present sources; built only if no run has done so before.
 * @param root the project's folder
 * @returns the folder that a web server shows below `/console/`
 * @throws CannotStart with the output of the build where it fails
 */
export const buildConsole = (root: string, say: (text: string) => void): Promise<string> =>
  stampedBuild({
    root,
    name: "console",
    sources: ["console", "clients/typescript/src", "package-lock.json"],
    what: "the console",
    title: "Building the console",
    command: (draft) => ({
      file: process.execPath,
      args: [
        join(root, "node_modules", "vite", "bin", "vite.js"),
        "build",
        join(root, "console"),
        "--outDir",
        draft,
        "--logLevel",
        "warn",
      ],
      env: { NODE_ENV: "production" },
    }),
    say,
  });

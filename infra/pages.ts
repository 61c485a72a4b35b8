import path from "node:path";
import { build } from "vite";

/** The console's pages, built from the present sources. @returns their folder */
export async function buildPages(): Promise<string> {
  const root = path.resolve(import.meta.dirname, "..");
  const outDir = path.join(root, ".build", "pages");
  await build({ root: path.join(root, "console"), logLevel: "warn", build: { outDir, emptyOutDir: true } });
  return outDir;
}

import { readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import * as z from "zod";
import type { GatewayRequest, GatewayResponse } from "./http-event.ts";

const Headers = z.object({
  headers: z.record(z.string(), z.string()),
  cache: z.object({ assets: z.string(), pages: z.string() }),
});

const types: ReadonlyMap<string, string> = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".svg", "image/svg+xml"],
  [".png", "image/png"],
]);

interface Page {
  body: Buffer;
  packed: Buffer;
  type: string;
}

/**
 * Serves the built web console below `/console/`, as CloudFront does where it is deployed: files by their name, and the app for every other address,
 * so that each of its views can be opened and reloaded.
 * @param folder what `buildConsole` made
 * @param headersFile the headers that each answer has
 * @returns undefined for addresses outside of `/console`
 */
export function createConsolePages(folder: string, headersFile: string) {
  const { headers, cache } = Headers.parse(JSON.parse(readFileSync(headersFile, "utf8")));
  const pages = new Map<string, Page | undefined>();
  const load = (name: string): Page | undefined => {
    if (pages.has(name)) return pages.get(name);
    const file = join(folder, name);
    const type = types.get(extname(name));
    const isFile = type !== undefined && statSync(file, { throwIfNoEntry: false })?.isFile() === true;
    const body = isFile ? readFileSync(file) : undefined;
    const page = body && type !== undefined ? { body, packed: gzipSync(body), type } : undefined;
    // Only what is there: names that are not would fill the memory.
    if (page) pages.set(name, page);
    return page;
  };

  return ({ method, url, rawHeaders }: GatewayRequest): GatewayResponse | undefined => {
    const [path = ""] = url.split(/[?#]/, 1);
    if (path !== "/console" && !path.startsWith("/console/")) return undefined;
    const own = Object.entries(headers);
    const say = (status: number, text: string, more: [string, string][] = []): GatewayResponse => ({
      status,
      headers: [...own, ["content-type", "text/plain; charset=utf-8"], ["cache-control", cache.pages], ...more],
      body: Buffer.from(text),
    });
    if (method !== "GET" && method !== "HEAD")
      return say(405, "Only GET and HEAD are taken here.\n", [["allow", "GET, HEAD"]]);
    if (path === "/console") return say(302, "", [["location", "/console/"]]);
    const name = path.slice("/console/".length);
    const page = /^[\w./-]+$/.test(name) && !name.includes("..") ? load(name) : undefined;
    const shown = page ?? (extname(name) === "" ? load("index.html") : undefined);
    if (!shown) return say(404, "There is no such file.\n");
    const acceptsAt = rawHeaders.findIndex((part, at) => at % 2 === 0 && part.toLowerCase() === "accept-encoding");
    const packs = acceptsAt >= 0 && /\bgzip\b/.test(rawHeaders[acceptsAt + 1] ?? "");
    return {
      status: 200,
      headers: [
        ...own,
        ["content-type", shown.type],
        ["cache-control", page && name.startsWith("assets/") ? cache.assets : cache.pages],
        ["vary", "accept-encoding"],
        ...(packs ? [["content-encoding", "gzip"] satisfies [string, string]] : []),
      ],
      body: packs ? shown.packed : shown.body,
    };
  };
}

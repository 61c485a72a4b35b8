import { loadTexts } from "./load-texts.ts";

/*
 * The first code of the console: a few lines that put on its way what the rest will ask for, while the rest itself is on its way. By the time that the
 * console can show something, it knows what to show.
 */

const answers = new Map<string, Promise<Response>>();
const ask = (path: string): void => {
  const { href } = new URL(`/v1${path}`, location.origin);
  const answer = fetch(href);
  // Whoever takes the answer is told why there is none.
  answer.catch(() => undefined);
  answers.set(href, answer);
};

/** Sends a request, unless its answer is on its way already: each of those is taken once. */
export function fetchOnce(request: Request): Promise<Response> {
  const early = request.method === "GET" ? answers.get(request.url) : undefined;
  answers.delete(request.url);
  return early ?? fetch(request);
}

ask("/me");
const [, nodeId, area = "overview"] = /\/n\/(cus_\w+)(?:\/(\w+))?/.exec(location.pathname) ?? [];
if (nodeId !== undefined) ask(`/customers/${nodeId}`);
if (nodeId !== undefined && area === "overview") ask(`/customers/${nodeId}/overview`);
void loadTexts();
void import("./main.tsx");

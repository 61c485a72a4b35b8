import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, expect, inject } from "vitest";
import { chromiumPath } from "./chromium.ts";
import { callApi, type Role } from "./seed.ts";

export const stage = () => inject("stage");
/** Calls the API as the provider's first key: to make what a spec needs, and to see what it has done. */
export const api = <T = { id: string; name: string; version: number }>(method: string, path: string, body?: unknown) =>
  callApi(stage(), method, path, body) as unknown as Promise<T>;

let browser: Promise<Browser> | undefined;
const launched = (): Promise<Browser> =>
  (browser ??= chromium.launch({ executablePath: chromiumPath(), args: ["--disable-dev-shm-usage"] }));
afterAll(async () => (await browser)?.close());

/** What each page has complained of: violations of the policy, errors. */
const complaints = new Map<Page, string[]>();
const opened: BrowserContext[] = [];
afterEach(async ({ task }) => {
  const folder = process.env["SHOTS"];
  if (task.result?.state === "fail" && folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    for (const [nth, page] of [...complaints.keys()].entries())
      await page.screenshot({ path: join(folder, `failed-${task.name.replaceAll(/\W+/g, "-")}-${nth}.png`) });
  }
  const said = [...complaints.values()].flat();
  complaints.clear();
  await Promise.all(opened.splice(0).map((context) => context.close()));
  // A spec whose pages complain has failed, whatever else it has seen.
  expect(said).toEqual([]);
});

interface OpenOptions {
  /** Below `/console`. Default: the start. */
  path?: string;
  width?: 1440 | 390;
  scheme?: "light" | "dark";
  language?: "en" | "de";
}

const sessions = new Map<Role, Awaited<ReturnType<BrowserContext["storageState"]>>>();

/** A page that nobody has logged in on. */
export async function openPage(
  { path = "/", width = 1440, scheme = "light", language = "en" }: OpenOptions = {},
  role?: Role,
): Promise<Page> {
  const known = role === undefined ? undefined : sessions.get(role);
  const context = await (
    await launched()
  ).newContext({
    baseURL: stage().url,
    viewport: { width, height: width === 390 ? 844 : 900 },
    colorScheme: scheme,
    locale: language,
    timezoneId: "Europe/Berlin",
    reducedMotion: "reduce",
    ...(known && { storageState: known }),
  });
  opened.push(context);
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const said: string[] = [];
  complaints.set(page, said);
  page.on("pageerror", (error) => said.push(`error: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    // Answers of the API that refuse are a part of what specs try.
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) said.push(`console: ${text}`);
  });
  await page.exposeFunction("sayViolation", (what: string) => said.push(`policy: ${what}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) => {
      const { sayViolation } = globalThis as unknown as { sayViolation: (what: string) => void };
      sayViolation(`${violatedDirective} ${blockedURI} ${sourceFile}`);
    });
  });
  page.on("request", (request) => {
    if (!/^(?:data|blob):/.test(request.url()) && new URL(request.url()).origin !== stage().url)
      said.push(`request to somebody else: ${request.url()}`);
  });
  if (role !== undefined && known === undefined) {
    await logIn(page, role);
    sessions.set(role, await context.storageState());
  }
  await page.goto(`/console${path}`);
  return page;
}

/** Logs in as people do, by user name and password. */
export async function logIn(page: Page, role: Role): Promise<void> {
  const { username, password } = stage().logins[role];
  await page.goto("/console/login.html");
  await page.locator("input[autocomplete=username]").fill(username);
  await page.locator("input[autocomplete=current-password]").fill(password);
  await page.locator("button[type=submit]").click();
  await page.waitForURL((address) => !address.pathname.endsWith("/login.html"));
}

/** The console as somebody of a role sees it, in a browser of its own. */
export const openConsole = (role: Role, options?: OpenOptions): Promise<Page> => openPage(options, role);

/** Nothing in a view keeps people with assistive technology from using it. @param where what the failure is named by */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const shown = violations.map(
    ({ id, help, nodes }) => `${where}: ${id}, ${help}: ${nodes.map(({ target }) => target.join(" ")).join("; ")}`,
  );
  expect(shown).toEqual([]);
}

/** Takes pictures of a view at both widths, in light and dark, into the folder that SHOTS names; without it, none. */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env["SHOTS"];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const before = page.viewportSize();
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ] as const)
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(250);
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) });
    }
  if (before) await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: "light" });
}

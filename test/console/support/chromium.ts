import { existsSync } from "node:fs";

const places = [
  process.env["TENANTRY_CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The browser that the console is tried in. @throws Error that says what to install where there is none */
export function chromiumPath(): string {
  const found = places.find((place) => place !== "" && existsSync(place));
  if (found !== undefined) return found;
  throw new Error(
    "The tests of the console need Chromium. On Debian and Ubuntu: apt-get install -y chromium. Elsewhere install Chrome or Chromium, and name it in TENANTRY_CHROMIUM.",
  );
}

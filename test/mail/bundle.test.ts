import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { expect, onTestFinished, test } from "vitest";
import { bundleSettings } from "../../infra/bundle.ts";
import { languages, look, passwordReset } from "./matters.ts";

test("a bundle in another folder speaks every language, and falls back to English", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "mail-bundle-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { metafile } = await build({
    ...bundleSettings,
    stdin: {
      contents: 'export { render } from "./render.ts"; export { compose } from "./compose.ts";',
      resolveDir: path.resolve(import.meta.dirname, "../../shared/mail"),
    },
    outfile: path.join(folder, "index.mjs"),
    write: true,
  });
  for (const { imports } of Object.values(metafile.outputs))
    expect(imports.filter(({ kind }) => kind === "require-call")).toEqual([]);
  const script = `
    import { render, compose } from "./index.mjs";
    const [matter, look, locales] = JSON.parse(process.argv[2]);
    const from = { name: "x", address: "x@example.com" };
    const mails = await Promise.all(locales.map((locale) => render(matter, { ...look, locale }, "secret")));
    const raw = await compose(mails[0], { from, to: from, mailId: "id", at: new Date() });
    console.log(JSON.stringify([mails.map(({ language, subject }) => [language, subject]), raw.byteLength > 1000]));
  `;
  writeFileSync(path.join(folder, "run.mjs"), script);
  const locales = [...languages, "fr"];
  const answer = execFileSync(process.execPath, ["run.mjs", JSON.stringify([passwordReset, look, locales])], {
    cwd: folder,
    encoding: "utf8",
  });
  const [spoken, composed] = JSON.parse(answer) as [[language: string, subject: string][], boolean];
  expect(spoken.map(([language]) => language)).toEqual([...languages, "en"]);
  expect(new Set(spoken.map(([, subject]) => subject)).size).toBe(languages.length);
  expect(composed).toBe(true);
});

import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalStack, startLocal } from "../../local/run/start-local.ts";
import { openSession, printed, type Session, stepsOf } from "../support/guide.ts";

/* Every guide of docs/guides is carried out, block by block, as a reader would who has just started the stack. */
const folder = resolve(import.meta.dirname, "../../docs/guides");
const later = [
  "accounts.md",
  "admission.md",
  "allotments.md",
  "api-keys.md",
  "billing-only-services.md",
  "contacts-and-mail.md",
  "customers.md",
  "deletions.md",
  "devices.md",
  "enrolment.md",
  "errors-and-idempotency.md",
  "log.md",
  "passwords.md",
  "settings.md",
  "usage-and-licences.md",
];
const guides = globSync("*.md", { cwd: folder }).filter((guide) => !later.includes(guide));

test("there is a guide", () => expect(guides).toContain("create-accounts.md"));

describe.each(guides)("%s", (guide) => {
  let home: string;
  let stack: LocalStack;
  let session: Session;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "tenantry-guide-home-"));
    stack = await startLocal({ home, port: 0, quiet: true });
    session = openSession({ TENANTRY_URL: stack.url, TENANTRY_HOME: home });
  }, 120_000);
  afterAll(async () => {
    session?.close();
    await stack?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const steps = stepsOf(readFileSync(join(folder, guide), "utf8"));
  test.for(steps)("line $line: $heading", async ({ commands, output }, { skip }) => {
    skip(session.ended(), "a step before has failed");
    const found = await session.run(commands);
    if (output === undefined ? found === "" : printed(output, found)) return;
    // Written as an expectation, so that the difference is shown.
    expect(found).toBe(output?.text ?? "");
  });
});

describe("the output of a step", () => {
  test.each<[kind: string, says: string, found: string, same: boolean]>([
    ["text", "one\ntwo", "one\ntwo\n", true],
    ["text", "one\ntwo", "one two\n", false],
    ["text", "Password: …\nend", "Password: abc\nend\n", true],
    ["text", "Password: …\nend", "Password: abc\nend, or not\n", false],
    ["text", "1.5 (a)", "1x5 (a)", false],
    ["json", '{ "status": "ok" }', '{\n  "status": "ok"\n}\n', true],
    ["json", '{ "status": 409 }', '{\n  "status": 422\n}\n', false],
    ["js", '{ …, "status": 409, … }', '{\n  "type": "x",\n  "status": 409,\n  "code": "y"\n}\n', true],
    ["js", '{ …, "status": 409, … }', '{\n  "type": "x",\n  "status": 422,\n  "code": "y"\n}\n', false],
  ])("of kind %s that reads %j is %j: %s", (kind, text, found, same) => {
    expect(printed({ kind, text }, found)).toBe(same);
  });
});

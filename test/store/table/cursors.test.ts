import * as z from "zod";
import { expect, test } from "vitest";
import { openText, sealText } from "../../../shared/http/seal.ts";
import { createCursors } from "../../../shared/store/table/cursors.ts";

const cursors = createCursors("a secret");
const Position = z.object({ after: z.string() });
const refused = (open: () => unknown): void =>
  expect(open).toThrow(expect.objectContaining({ code: "invalid_cursor" }));

test("a cursor opens where it was made: same secret, same list, same filters", () => {
  const cursor = cursors.seal("listCustomers {}", { after: "customer#ü#1" });
  expect(cursors.open("listCustomers {}", cursor, Position)).toEqual({ after: "customer#ü#1" });
  refused(() => cursors.open('listCustomers {"level":"site"}', cursor, Position));
  refused(() => cursors.open("listLog {}", cursor, Position));
  refused(() => createCursors("another secret").open("listCustomers {}", cursor, Position));
  refused(() => cursors.open("listCustomers {}", cursor, z.object({ trail: z.array(z.string()) })));
});

test("a cursor altered in any of its characters, shortened or extended is refused", () => {
  const cursor = cursors.seal("list", { after: "customer#acme#cus_1" });
  for (let at = 0; at < cursor.length; at += 1)
    for (const other of ["A", "B", "-", "_", "=", ".", "\u0000", "é", ""]) {
      const altered = cursor.slice(0, at) + other + cursor.slice(at + 1);
      if (altered !== cursor) refused(() => cursors.open("list", altered, Position));
    }
  for (const altered of [`${cursor}A`, `${cursor}=`, `${cursor}.`, ` ${cursor}`, "", ".", "..", "null"])
    refused(() => cursors.open("list", altered, Position));
});

test("a sealed answer opens under its secret alone, and not when any byte was altered", () => {
  const text = JSON.stringify({ token: "tk_1", name: "Größe ✓" });
  const sealed = sealText("secret", text);
  expect(openText("secret", sealed)).toBe(text);
  expect(sealed).not.toContain("tk_1");
  expect(sealText("secret", text)).not.toBe(sealed);
  expect(() => openText("Secret", sealed)).toThrow();
  const bytes = Buffer.from(sealed, "base64");
  for (let at = 0; at < bytes.length; at += 1) {
    const altered = Buffer.from(bytes);
    altered[at] = (altered[at] ?? 0) ^ 1;
    expect(() => openText("secret", altered.toString("base64")), `byte ${at}`).toThrow();
  }
});

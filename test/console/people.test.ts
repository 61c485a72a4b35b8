import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { api, expectAccessible, openConsole, openPage, shoot, stage } from "./support/open.ts";

interface User {
  id: string;
  name: string;
  version: number;
  role: string;
  active: boolean;
  username: string;
  state: string;
  secondFactor: { totp: boolean; recoveryCodesLeft: number };
}
const userOf = async (username: string): Promise<User | undefined> =>
  (await api<{ items: User[] }>("GET", `/users?customerId=${stage().reseller.id}`)).items.find(
    (one) => one.username === username,
  );

describe("users", () => {
  test("are invited, changed, locked out and let in again, and deleted", async () => {
    const { reseller } = stage();
    const page = await openConsole("reseller", { path: `/n/${reseller.id}/users` });
    await page.getByRole("button", { name: "Add user" }).click();
    const panel = page.getByRole("dialog");
    await panel.getByRole("button", { name: "Send invitation" }).click();
    await panel.getByText("Fill in this field.").first().waitFor();
    await panel.getByRole("textbox", { name: "Name", exact: true }).fill("Nora Neu");
    await panel.getByRole("textbox", { name: "Mail address" }).fill("nora@nussbaum.example");
    await expectAccessible(page, "adding a user");
    await shoot(page, "user-add");
    await panel.getByRole("button", { name: "Send invitation" }).click();
    await panel.getByText("Invited").first().waitFor();
    expect(await userOf("nora@nussbaum.example")).toMatchObject({ role: "viewer", state: "invited" });
    await expectAccessible(page, "a user");
    await shoot(page, "user");
    await panel.getByRole("combobox", { name: "Role" }).selectOption("operator");
    await panel.getByRole("button", { name: "Save" }).click();
    await page.getByText("Nora Neu is saved.").waitFor();
    expect(await userOf("nora@nussbaum.example")).toMatchObject({ role: "operator" });
    await panel.getByRole("button", { name: "Switch off access" }).click();
    await panel.getByText("Switched off").waitFor();
    expect(await userOf("nora@nussbaum.example")).toMatchObject({ active: false });
    await page.getByRole("button", { name: "Undo" }).click();
    await panel.getByRole("button", { name: "Switch off access" }).waitFor();
    expect(await userOf("nora@nussbaum.example")).toMatchObject({ active: true });
    await panel.getByRole("button", { name: "Delete user" }).click();
    const question = page.getByRole("dialog", { name: "Delete Nora Neu?" });
    await question.getByRole("textbox").fill("nora@nussbaum.example");
    await question.getByRole("button", { name: "Delete user" }).click();
    await page.getByText("Nora Neu is deleted.").waitFor();
    expect(await userOf("nora@nussbaum.example")).toBeUndefined();
    await page.getByRole("link", { name: "Rita Nussbaum" }).waitFor();
    await expectAccessible(page, "users");
    await shoot(page, "users");
  }, 120_000);

  test("and keys are shown to administrators only", async () => {
    const { reseller } = stage();
    const page = await openConsole("operator", { path: `/n/${reseller.id}/log` });
    await page.getByRole("link", { name: "Log", exact: true }).waitFor();
    await page.getByRole("button", { name: "More" }).click();
    expect(await page.getByText("API keys", { exact: true }).count()).toBe(0);
  });
});

test("API keys are created, rotated and revoked; the secret is shown once", async () => {
  const { reseller, url } = stage();
  const statusOf = async (token: string): Promise<number> =>
    (await fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status;
  const page = await openConsole("reseller", { path: `/n/${reseller.id}/keys?add=true` });
  const panel = page.getByRole("dialog");
  await panel.getByRole("textbox", { name: "Name" }).fill("Nightly script");
  await panel.getByRole("combobox", { name: "Networks" }).fill("127.0.0.0/8");
  await page.keyboard.press("Enter");
  await panel.getByRole("button", { name: "Create key" }).click();
  const once = page.getByRole("dialog", { name: "The key “Nightly script” is ready" });
  await once.waitFor();
  await expectAccessible(page, "a new key");
  await shoot(page, "key-once");
  const token = await once.locator("code").innerText();
  expect(await statusOf(token)).toBe(200);
  await once.getByRole("button", { name: "I have kept it" }).click();
  await once.waitFor({ state: "detached" });
  expect(await page.content()).not.toContain(token);
  await panel.getByRole("combobox", { name: "The old key works for" }).selectOption("0");
  await panel.getByRole("button", { name: "Rotate key" }).click();
  await once.waitFor();
  const second = await once.locator("code").innerText();
  expect([await statusOf(token), await statusOf(second)]).toEqual([401, 200]);
  await once.getByRole("button", { name: "I have kept it" }).click();
  await once.waitFor({ state: "detached" });
  await panel.getByRole("button", { name: "Revoke key" }).click();
  const question = page.getByRole("dialog", { name: "Revoke “Nightly script”?" });
  await question.getByRole("button", { name: "Revoke key" }).click();
  await page.getByText("“Nightly script” is revoked.").waitFor();
  expect(await statusOf(second)).toBe(401);
  await page.keyboard.press("Escape");
  await page.getByText("Revoked").first().waitFor();
  await expectAccessible(page, "keys");
  await shoot(page, "keys");
});

/** The code that an authenticator app shows (RFC 6238). */
function codeOf(seed: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...seed].map((sign) => alphabet.indexOf(sign).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac("sha1", key).update(counter).digest();
  const offset = (hash.at(-1) ?? 0) & 15;
  return String((hash.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, "0");
}

test("the own profile: password, authenticator app with a code to scan, recovery codes, sessions", async () => {
  const { reseller } = stage();
  const first = "three herons at dawn";
  const username = "paula@nussbaum.example";
  await api("POST", "/users", {
    customerId: reseller.id,
    role: "admin",
    name: "Paula Profil",
    email: username,
    password: first,
  });
  const page = await openPage({ path: "/login.html?next=/console/profile" });
  await page.locator("input[autocomplete=username]").fill(username);
  await page.locator("input[autocomplete=current-password]").fill(first);
  await page.locator("button[type=submit]").click();
  await page.locator("input[autocomplete=new-password]").fill("four herons at dusk");
  await page.locator("button[type=submit]").click();
  await page.waitForURL(/\/profile$/);
  await expectAccessible(page, "the profile");
  await shoot(page, "profile");

  await page.getByRole("button", { name: "Set up app" }).click();
  const setUp = page.getByRole("dialog", { name: "Set up app" });
  await setUp.getByRole("img", { name: "QR code for the authenticator app" }).waitFor();
  await expectAccessible(page, "the QR code");
  await shoot(page, "qr-code");
  const seed = await setUp.locator("code").innerText();
  await setUp.getByRole("textbox", { name: "Code of the app" }).fill(codeOf(seed));
  await setUp.getByRole("button", { name: "Confirm" }).click();
  const codes = page.getByRole("dialog", { name: "Your recovery codes" });
  await codes.waitFor();
  expect(await codes.locator("li").count()).toBe(10);
  await codes.getByRole("button", { name: "I have kept it" }).click();
  await page.getByText("10 recovery codes left").waitFor();
  expect(await userOf(username)).toMatchObject({ secondFactor: { totp: true, recoveryCodesLeft: 10 } });

  await page.getByRole("button", { name: "Remove app" }).click();
  await page
    .getByRole("dialog", { name: "Remove the authenticator app?" })
    .getByRole("button", { name: "Remove app" })
    .click();
  await page.getByText("The authenticator app is removed.").waitFor();
  expect(await userOf(username)).toMatchObject({ secondFactor: { totp: false } });

  await page.getByRole("textbox", { name: "Present password" }).fill("not this one at all");
  await page.getByRole("textbox", { name: "New password" }).fill("five herons at noon");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByRole("alert").getByText("The password is wrong.").waitFor();
  await page.getByRole("textbox", { name: "Present password" }).fill("four herons at dusk");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Your password is changed.").waitFor();
  await page.getByText("this session").waitFor();
});

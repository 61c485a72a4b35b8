import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { SentMail } from "../emulators/mailbox.ts";
import { jsonFile } from "../machine/files.ts";

export interface FirstLoginOptions {
  home: string;
  /** Calls the API with the first key; throws where it is refused. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  mail(): SentMail[];
  /** The installation's time. */
  now(): number;
  /** How long to wait for the mail that brings the code. */
  patienceMs?: number;
}

const Me = z.object({ scope: z.object({ id: z.string() }) });
const User = z.object({
  id: z.string(),
  state: z.string(),
  invitation: z.object({ expiresAt: z.string() }).nullable(),
});
const Users = z.object({ items: z.array(User), nextCursor: z.string().nullable() });
const Kept = z.object({ userId: z.string(), code: z.string(), expiresAt: z.string() });
/** As the provider that the first start creates; nobody can read this mailbox but the local run. */
const administrator = { role: "admin", name: "Administrator", email: "admin@example.com" };
const hourMs = 3_600_000;

/**
 * A code with which the provider's first administrator chooses a password, and thereby comes into the console. It works once. Until then every start
 * names the same one, as long as it counts.
 * @returns null where somebody has a password already, or where the mail with the code does not come
 */
export async function firstLogin({
  home,
  call,
  mail,
  now,
  patienceMs = 15_000,
}: FirstLoginOptions): Promise<string | null> {
  const { scope } = Me.parse(await call("GET", "/me"));
  const { items, nextCursor } = Users.parse(await call("GET", `/users?customerId=${scope.id}&limit=200`));
  if (nextCursor !== null || items.some(({ state }) => state !== "invited")) return null;
  const file = jsonFile(join(home, "state", "first-login.json"), Kept);
  const kept = file.read();
  const invited = items.find(({ id }) => id === kept?.userId) ?? items[0];
  const lasts = kept !== undefined && Date.parse(kept.expiresAt) - hourMs > now();
  if (kept && invited?.id === kept.userId && invited.invitation?.expiresAt === kept.expiresAt && lasts)
    return kept.code;

  const before = new Set(mail().map(({ messageId }) => messageId));
  const path = invited === undefined ? "/users" : `/users/${invited.id}/invite`;
  const user = User.parse(
    await call("POST", path, invited === undefined ? { ...administrator, customerId: scope.id } : undefined),
  );
  const code = new RegExp(`tc_${user.id.slice("usr_".length)}_[\\w-]{43}`);
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await sleep(25)) {
    const found = mail()
      .filter(({ messageId }) => !before.has(messageId))
      .map(({ text }) => code.exec(text ?? "")?.[0])
      .find((one) => one !== undefined);
    if (found === undefined) continue;
    file.write({ userId: user.id, code: found, expiresAt: user.invitation?.expiresAt ?? "" }, 0o600);
    return found;
  }
  return null;
}

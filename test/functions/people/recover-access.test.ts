import { beforeAll, expect, test } from "vitest";
import { dump } from "../../model/invariants.ts";
import { openPeople, type People } from "../stages/people.ts";

let people: People;
beforeAll(async () => {
  people = await openPeople();
});
const file = "functions/setup/recover-access.ts";
type Recovered = { key: { id: string; expiresAt: string }; token: string };
const recover = (payload: object) => people.invoke(file, payload) as Promise<Recovered>;
const mailsTo = async (address: string): Promise<number> =>
  (await dump(people.table)).filter(
    ({ kind, to, matter }) =>
      kind === "mail" &&
      (to as { address: string }).address === address &&
      (matter as { template: string }).template === "access-recovered",
  ).length;

test("an operator gets an admin key for a day, which is logged and mailed to the provider and its administrators", async () => {
  const admin = await people.person(people.provider.id, "admin");
  const viewer = await people.person(people.provider.id, "viewer");
  const { key, token } = await recover({ reason: "The last key has expired" });
  expect(Date.parse(key.expiresAt) - people.now()).toBeGreaterThan(23 * 3_600_000);
  expect(await people.ok("me", {}, { token })).toMatchObject({ id: key.id, role: "admin" });
  const { items } = await people.ok("listLog", { params: { id: people.provider.id } });
  expect(items[0]).toMatchObject({
    type: "AccessRecovered",
    node: { id: key.id },
    actor: { kind: "system", id: null },
    reason: "The last key has expired",
  });
  expect(await mailsTo(admin.user.email)).toBe(1);
  expect(await mailsTo(people.provider.email)).toBe(1);
  expect(await mailsTo(viewer.user.email)).toBe(0);
  people.advance(25 * 3_600_000);
  expect((await people.call("me", {}, { token })).status).toBe(401);
});

test("the same token again answers again and makes nothing; a payload without a reason is refused", async () => {
  const token = `tk_01JZX0N4Y8M1Q2R3S4T5V6W7X8_${"r".repeat(43)}`;
  const first = await recover({ reason: "A drill", token });
  const before = (await dump(people.table)).length;
  expect(await recover({ reason: "A drill", token })).toEqual(first);
  expect((await dump(people.table)).length).toBe(before);
  for (const payload of [{}, { reason: "" }, { reason: "A drill", token: "tk_short" }, { reason: "A", more: 1 }])
    await expect(recover(payload)).rejects.toMatchObject({ code: "invalid_request" });
});

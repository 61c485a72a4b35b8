import { beforeAll, describe, expect, test } from "vitest";
import { expectRefusal } from "../stages/book.ts";
import { openPeople, type People, userPassword } from "../stages/people.ts";

let people: People;
let line: Awaited<ReturnType<People["line"]>>;
beforeAll(async () => {
  people = await openPeople();
  line = await people.line();
});
const minuteMs = 60_000;
const statusOf = async (token: string): Promise<number> => (await people.call("me", {}, { token })).status;
const person = () => people.person(line.reseller.id, "viewer");

describe("the end of sessions is in the log of access", () => {
  type Line = { type: string; count: number; credential: { id: string } | null; sourceIp: string | null } & Record<
    "operation" | "reason",
    string
  >;
  /** Lines about ended sessions of a user or an account: how often, the reason, the last operation, whether it has an address. */
  const ended = async (id: string, customerId = line.reseller.id) => {
    const log = await people.ok("listAccessLog", { params: { id: customerId }, query: { limit: "200" } });
    return log.items
      .filter(({ type, credential }: Line) => type === "SessionEnded" && credential?.id === id)
      .map(({ count, reason, operation, sourceIp }: Line) => `${count} ${reason} ${operation} ${sourceIp !== null}`)
      .toSorted();
  };
  /** To the first second of a minute: what follows is told in the lines of one minute. */
  const wait = (): void => people.advance(minuteMs - (people.now() % minuteMs));
  const newPassword = "a harbour full of cranes";

  test("of a user by himself, with its reason", async () => {
    const one = await person();
    const three = await people.login(one.user.username);
    const four = await people.login(one.user.username);
    const { items } = await people.ok("listSessions", {}, one);
    const at = (index: number) => ({ params: { id: items[index].id } });
    wait();
    await people.ok("endSession", at(1), one);
    await people.ok("logout", {}, four);
    expect([await statusOf(three.token), await statusOf(four.token)]).toEqual([401, 401]);
    expect(await ended(one.user.id)).toEqual(["1 ended endSession true", "1 logged_out logout true"]);
    wait();
    await people.ok("changeOwnPassword", { body: { password: userPassword, newPassword } }, one);
    await people.ok("requestPasswordReset", { body: { username: one.user.username } }, { token: null });
    const body = { code: await people.codeFor(one.user.email), newPassword: userPassword };
    await people.ok("completePasswordReset", { body }, { token: null });
    expect(await statusOf(one.token)).toBe(401);
    expect(await ended(one.user.id)).toContain("2 password_changed completePasswordReset true");
  });

  test("of a user by somebody else, without the address; what is refused or only rehearsed leaves none", async () => {
    const one = await person();
    const at = { params: { id: one.user.id } };
    wait();
    await people.ok("endUserSessions", { ...at, query: { dryRun: "true" } });
    expectRefusal(
      await people.call("endUserSessions", at, { headers: { "if-match": '"99"' } }),
      412,
      "precondition_failed",
    );
    await people.ok("updateUser", { ...at, body: { name: "Bea" } });
    expect([await statusOf(one.token), await ended(one.user.id)]).toEqual([200, []]);
    await people.ok("endUserSessions", at);
    expect(await statusOf(one.token)).toBe(401);
    expect(await ended(one.user.id)).toEqual(["1 ended endUserSessions false"]);
    await people.ok("resetSecondFactor", at);
    expect(await ended(one.user.id)).toEqual(["2 ended resetSecondFactor false"]);
    await people.ok("updateUser", { ...at, body: { active: false } });
    expect(await ended(one.user.id)).toEqual(["3 ended updateUser false"]);
    await people.ok("deleteUser", at);
    expect(await ended(one.user.id)).toEqual(["4 ended deleteUser false"]);
  });

  test("of an account by another password, whoever has set it", async () => {
    const customer = await people.create(line.reseller.id, { autoAuthorize: true });
    const [username, contact] = [
      people.freshName("user").replaceAll(" ", "."),
      { name: "Ann", email: "ann@ex.example" },
    ];
    const body = { customerId: customer.id, username, password: userPassword, contact, plan: "select" };
    const account = await people.ok("createAccount", { body });
    const one = await people.login(username);
    wait();
    await people.ok("changeOwnPassword", { body: { password: userPassword, newPassword } }, one);
    await people.ok(
      "changePassword",
      { body: { username, password: newPassword, newPassword: userPassword } },
      { token: null },
    );
    expect(await statusOf(one.token)).toBe(401);
    await people.ok("resetPassword", { params: { id: account.id }, body: { password: newPassword } });
    expect(await ended(account.id, customer.id)).toEqual([
      "1 password_changed resetPassword false",
      "2 password_changed changePassword true",
    ]);
  });
});

import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { Secret, TOTP } from "otpauth";
import { expect } from "vitest";
import type { CallOptions, Reply } from "../../support/api.ts";
import { openPost, type Post } from "./post.ts";

type Body = Reply["body"];

/** A password of a user that nothing is wrong with. */
export const userPassword = "a meadow full of cranes";

/** A user who has logged in. */
export interface LoggedIn {
  user: Body;
  token: string;
  knownClientToken: string;
}

/** A book of business with people who log in, and their mails. */
export interface People extends Post {
  /** A user who has been invited, and the code of the invitation. */
  invited: (
    customerId: string,
    role: string,
    more?: object,
    options?: CallOptions,
  ) => Promise<{ user: Body; code: string }>;
  /** A user with a password. */
  user: (customerId: string, role: string, more?: object) => Promise<Body>;
  /** A user who has logged in. */
  person: (customerId: string, role: string, more?: object) => Promise<LoggedIn>;
  tryLogin: (username: string, more?: object, options?: CallOptions) => Promise<Reply>;
  login: (username: string, more?: object) => Promise<LoggedIn>;
  /** The code that the last mail to an address brought. */
  codeFor: (address: string) => Promise<string>;
  /** The code of an authenticator app at this moment. */
  totp: (seed: string) => string;
  /** Sets an authenticator app up. */
  withApp: (person: LoggedIn) => Promise<{ seed: string; recoveryCodes: string[] }>;
}

/** One per test file. */
export async function openPeople(): Promise<People> {
  const post = await openPost();
  const { documents, tableName: TableName } = post.table;
  const codeFor: People["codeFor"] = async (address) => {
    const { Items = [] } = await documents.send(
      new ScanCommand({
        TableName,
        ConsistentRead: true,
        FilterExpression: "kind = :mail AND #to.address = :address",
        ExpressionAttributeNames: { "#to": "to" },
        ExpressionAttributeValues: { ":mail": "mail", ":address": address },
      }),
    );
    const last = Items.map(({ id }) => String(id))
      .toSorted()
      .at(-1);
    if (last === undefined) throw new Error(`No mail goes to ${address}.`);
    await post.deliver(last);
    const code = /tc_[\w-]+/.exec(post.arrived(last)[0]?.text ?? "")?.[0];
    if (code === undefined) throw new Error(`The mail to ${address} brings no code.`);
    return code;
  };
  const people: People = Object.assign(post, {
    codeFor,
    async invited(customerId: string, role: string, more: object = {}, options: CallOptions = {}) {
      const body = { customerId, role, name: "Ann", email: post.freshAddress(), ...more };
      const user = await post.ok("createUser", { body }, options);
      return { user, code: await codeFor(body.email) };
    },
    async user(customerId: string, role: string, more: object = {}) {
      const { user, code } = await people.invited(customerId, role, more);
      await post.ok("acceptInvitation", { body: { code, password: userPassword } }, { token: null });
      return user;
    },
    async person(customerId: string, role: string, more: object = {}) {
      const { username } = await people.user(customerId, role, more);
      return people.login(username);
    },
    tryLogin: (username: string, more: object = {}, options: CallOptions = {}) =>
      post.call("login", { body: { username, password: userPassword, ...more } }, { token: null, ...options }),
    async login(username: string, more: object = {}) {
      const reply = await people.tryLogin(username, more);
      expect([reply.status, reply.body]).toEqual([200, expect.anything()]);
      return reply.body;
    },
    totp: (seed: string) => new TOTP({ secret: Secret.fromBase32(seed) }).generate({ timestamp: post.now() }),
    async withApp({ token }: LoggedIn) {
      const { seed } = await post.ok("startTotp", {}, { token });
      const body = { code: people.totp(seed) };
      const { recoveryCodes } = await post.ok("confirmTotp", { body }, { token });
      return { seed, recoveryCodes };
    },
  });
  return people;
}

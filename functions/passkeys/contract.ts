import * as z from "zod";
import { TriedLogin } from "../../shared/domain/access/login.ts";
import { Passkey, PasskeyName, Passkeys } from "../../shared/domain/people/passkey.ts";
import {
  AuthenticationOptions,
  AuthenticationResponse,
  RegistrationOptions,
  RegistrationResponse,
} from "../../shared/domain/people/passkey-ceremony.ts";
import { Proved } from "../../shared/domain/people/session.ts";
import { PasskeyId } from "../../shared/domain/terms/ids.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery } from "../../shared/http/requests.ts";
import { LoggedIn, SessionIn } from "../people/logged-in.ts";

const params = z.strictObject({ id: PasskeyId });
const start = ["table:BatchGetItem", "table:PutItem"] as const satisfies Grant[];
const change = [...start, "table:UpdateItem"] as const satisfies Grant[];
const answer = [...change, "table:DeleteItem", "rate:UpdateItem"] as const satisfies Grant[];

export const passkeys = defineArea("passkeys", {
  startPasskeyRegistration: {
    route: "POST /v1/me/passkey/options",
    summary: "Begin to add a passkey",
    description:
      "Answers what `navigator.credentials.create()` takes, with a challenge that works once, for five minutes. Passkeys are bound to the host of this service: its pages alone can use them.",
    permission: "self",
    needsProof: true,
    query: ChangeQuery,
    success: { status: 200, body: RegistrationOptions },
    errors: ["too_many", "not_applicable"],
    grants: start,
  },
  createPasskey: {
    route: "POST /v1/me/passkeys",
    summary: "Add a passkey",
    description:
      "Adds the passkey that `navigator.credentials.create()` has made. You can have 20. It is a second factor from then on: a login by your password alone is refused with `code_required`. Get recovery codes by `POST /v1/me/recovery-codes`. An answer that does not fit the challenge or this service is refused with `wrong_passkey`.",
    permission: "self",
    needsProof: true,
    query: ChangeQuery,
    body: z.strictObject({ name: PasskeyName, response: RegistrationResponse }).meta({ id: "PasskeyInput" }),
    success: { status: 201, body: Passkey },
    errors: ["wrong_passkey", "too_many", "not_applicable"],
    grants: [...change, "table:DeleteItem"],
  },
  listPasskeys: {
    route: "GET /v1/me/passkeys",
    summary: "List your passkeys",
    description: "Lists your passkeys, oldest first.",
    permission: "self",
    branch: "scope",
    success: { status: 200, body: Passkeys },
    errors: [],
    grants: ["table:BatchGetItem"],
  },
  updatePasskey: {
    route: "PATCH /v1/me/passkeys/{id}",
    summary: "Rename a passkey",
    description: "Gives one of your passkeys another name.",
    permission: "self",
    params,
    query: ChangeQuery,
    body: z.strictObject({ name: PasskeyName.optional() }).meta({ id: "PasskeyPatch" }),
    success: { status: 200, body: Passkey },
    errors: ["not_found"],
    grants: change,
  },
  deletePasskey: {
    route: "DELETE /v1/me/passkeys/{id}",
    summary: "Remove a passkey",
    description:
      "Removes one of your passkeys with this request; the recovery codes too if you have no other second factor. The authenticator still shows it until you delete it there too.",
    permission: "self",
    needsProof: true,
    params,
    query: ChangeQuery,
    success: { status: 200, body: Passkey },
    errors: ["not_found"],
    grants: change,
  },
  startPasskeyProof: {
    route: "POST /v1/me/proof/passkey/options",
    summary: "Begin to prove who you are by a passkey",
    description:
      "Answers what `navigator.credentials.get()` takes, with a challenge that works once, for five minutes, and your passkeys.",
    permission: "self",
    query: ChangeQuery,
    success: { status: 200, body: AuthenticationOptions },
    errors: ["not_applicable"],
    grants: start,
  },
  proveWithPasskey: {
    route: "POST /v1/me/proof/passkey",
    summary: "Prove who you are by a passkey",
    description:
      "Proves again who you are, by the answer of one of your passkeys, as `POST /v1/me/proof` does by a password. An authenticator that has counted backwards has been copied: it is refused with `passkey_copied`.",
    permission: "self",
    query: ChangeQuery,
    body: z.strictObject({ response: AuthenticationResponse }).meta({ id: "PasskeyProof" }),
    success: { status: 200, body: Proved },
    errors: ["wrong_passkey", "passkey_copied", "not_applicable"],
    grants: answer,
  },
  startPasskeyLogin: {
    route: "POST /v1/login/passkey/options",
    summary: "Begin to log in with a passkey",
    description:
      "Answers what `navigator.credentials.get()` takes, with a challenge that works once, for five minutes. The browser offers whatever passkeys it has for this service; no user name is needed. After 300 challenges for an address in 15 minutes the answer is 429.",
    permission: "public",
    query: ChangeQuery,
    body: z
      .strictObject({
        withPassword: z.boolean().default(false).meta({
          description: "true: the passkey is sent beside a password, so the authenticator need not check who uses it",
        }),
      })
      .meta({ id: "PasskeyLoginStart" }),
    success: { status: 200, body: AuthenticationOptions },
    errors: ["not_applicable", "rate_limited"],
    grants: [...start, "rate:UpdateItem"],
  },
  loginWithPasskey: {
    route: "POST /v1/login/passkey",
    summary: "Log in with a passkey",
    description:
      "Logs a user in by the answer of a passkey. Alone, the authenticator must have checked who uses it, by a PIN or a finger; no code is asked for then. With `username` and `password` the passkey is the second factor beside them.\n\nAn unknown passkey, a wrong answer, a challenge that was used and a user without access get the same answer (`wrong_passkey`) after the same time. Failures count as those of `POST /v1/login` do: a hundred of one address in 15 minutes are answered with 429, and with a password also those of the user name.",
    permission: "public",
    query: ChangeQuery,
    body: z
      .strictObject({
        response: AuthenticationResponse,
        username: TriedLogin.optional(),
        password: z.string().min(1).max(400).optional(),
        session: SessionIn,
        knownClientToken: z.string().max(200).optional(),
      })
      .refine(({ username, password }) => (username === undefined) === (password === undefined), {
        path: ["password"],
        error: "give both a user name and a password, or neither",
      })
      .meta({ id: "PasskeyLogin" }),
    success: { status: 200, body: LoggedIn },
    errors: ["wrong_passkey", "passkey_copied", "wrong_password", "not_applicable", "rate_limited"],
    grants: answer,
  },
});

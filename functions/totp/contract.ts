import * as z from "zod";
import { User } from "../../shared/domain/people/user.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery } from "../../shared/http/requests.ts";

/** What a user sends as a second factor. */
export const Code = z
  .string()
  .min(6)
  .max(40)
  .meta({ description: "Six digits of the authenticator app, or a recovery code", examples: ["123456"] });
const RecoveryCodes = z.object({ recoveryCodes: z.array(z.string()) }).meta({ id: "RecoveryCodes" });

const change = ["table:BatchGetItem", "table:PutItem", "table:UpdateItem"] as const satisfies Grant[];

export const totp = defineArea("totp", {
  startTotp: {
    route: "POST /v1/me/totp",
    summary: "Begin to set up an authenticator app",
    description:
      "Answers the seed for an authenticator app, this once. It counts from `POST /v1/me/totp/confirm` on. Refused while one is set up: remove it first.",
    permission: "self",
    query: ChangeQuery,
    success: {
      status: 201,
      body: z
        .object({
          seed: z.string().meta({ description: "In base 32, to be typed in" }),
          uri: z.string().meta({ description: "For a QR code" }),
        })
        .meta({ id: "TotpSeed" }),
    },
    errors: ["not_applicable"],
    grants: [...change, "seal:Encrypt"],
  },
  confirmTotp: {
    route: "POST /v1/me/totp/confirm",
    summary: "Confirm an authenticator app",
    description:
      "Sets the authenticator app up by its first code. Answers ten recovery codes, this once; each lets you in one time without the app. Those from before do not work any more.",
    permission: "self",
    query: ChangeQuery,
    body: z.strictObject({ code: Code }).meta({ id: "TotpConfirmation" }),
    success: { status: 200, body: RecoveryCodes },
    errors: ["wrong_code", "not_applicable"],
    grants: [...change, "rate:UpdateItem", "seal:Decrypt"],
  },
  renewRecoveryCodes: {
    route: "POST /v1/me/recovery-codes",
    summary: "Get new recovery codes",
    description:
      "Answers ten new recovery codes, this once, to whoever has an authenticator app or a passkey. The old ones do not work any more.",
    permission: "self",
    needsProof: true,
    query: ChangeQuery,
    success: { status: 200, body: RecoveryCodes },
    errors: ["not_applicable"],
    grants: change,
  },
  removeTotp: {
    route: "DELETE /v1/me/totp",
    summary: "Remove your authenticator app",
    description:
      "Removes the authenticator app and, if you have no passkey, the recovery codes. Where a second factor is demanded and you have no other, you have to set one up before anything else.",
    permission: "self",
    needsProof: true,
    query: ChangeQuery,
    success: { status: 200, body: User },
    errors: ["not_applicable"],
    grants: change,
  },
});

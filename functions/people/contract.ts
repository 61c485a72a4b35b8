import * as z from "zod";
import { TriedLogin } from "../../shared/domain/access/login.ts";
import { Password } from "../../shared/domain/access/password.ts";
import { defineArea } from "../../shared/http/contract.ts";
import { ChangeQuery } from "../../shared/http/requests.ts";

export const people = defineArea("people", {
  changePassword: {
    route: "POST /v1/password",
    summary: "Change an account's password",
    description:
      "Changes the password of an account by its old password. An unknown user name, a wrong password and a deleted account get the same answer after the same time. After five failures in 15 minutes, the user name is locked for the rest of them.",
    permission: "public",
    query: ChangeQuery,
    body: z
      .strictObject({
        username: TriedLogin,
        password: z.string().min(1).max(400).meta({ description: "The old password, or the temporary one" }),
        newPassword: Password,
      })
      .meta({ id: "PasswordChange" }),
    success: {
      status: 200,
      body: z.object({ username: z.string(), mustChangePassword: z.boolean() }).meta({ id: "PasswordChanged" }),
    },
    errors: ["wrong_password", "password_too_weak", "rate_limited"],
    grants: ["table:BatchGetItem", "table:PutItem", "table:UpdateItem", "rate:UpdateItem"],
  },
});

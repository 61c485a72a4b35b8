import * as z from "zod";
import { MailId } from "../../shared/domain/terms/ids.ts";
import { Mail } from "../../shared/domain/mail/mail.ts";
import { defineArea } from "../../shared/http/contract.ts";

export const mails = defineArea("mails", {
  getMail: {
    route: "GET /v1/mails/{id}",
    summary: "What became of a mail; kept for 90 days after it was settled",
    permission: "branch:read",
    branch: "params.id",
    params: z.strictObject({ id: MailId }),
    success: { status: 200, body: Mail },
    errors: [],
    grants: ["table:BatchGetItem"],
  },
});

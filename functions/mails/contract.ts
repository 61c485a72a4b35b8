import * as z from "zod";
import { MailId } from "../../shared/domain/terms/ids.ts";
import { Mail } from "../../shared/domain/mail/mail.ts";
import { defineArea } from "../../shared/http/contract.ts";

export const mails = defineArea("mails", {
  getMail: {
    route: "GET /v1/mails/{id}",
    summary: "Get the status of a mail",
    description:
      "Returns what has become of a mail: waiting, sent, delivered, bounced or given up. The content is not included. The record is kept for 90 days after the mail is settled.",
    permission: "branch:read",
    branch: "params.id",
    params: z.strictObject({ id: MailId }),
    success: { status: 200, body: Mail },
    errors: [],
    grants: ["table:BatchGetItem"],
  },
});

import * as z from "zod";
import { ApiKey } from "../../shared/domain/access/api-key.ts";
import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import { userState } from "../../shared/domain/people/user.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { effectiveSettings } from "../../shared/domain/terms/settings.ts";
import { line } from "../../shared/domain/terms/text.ts";
import { job, type JobDeps } from "../../shared/http/jobs/invocation.ts";
import { fieldErrors } from "../../shared/http/parse.ts";
import { ApiKeyRecord, authenticateKey, insertApiKey } from "../../shared/store/access/api-keys.ts";
import { hashSecret, readToken, writeToken } from "../../shared/store/access/tokens.ts";
import { readChain } from "../../shared/store/hierarchy/chain.ts";
import { logWrite } from "../../shared/store/hierarchy/log.ts";
import { queueMail, refusalToMail } from "../../shared/store/mail/outbox.ts";
import { listAdmins } from "../../shared/store/people/users.ts";
import { providerKey } from "../../shared/store/table/keys.ts";
import type { Write } from "../../shared/store/table/writes.ts";
import { presentApiKey } from "../keys/presentation.ts";
import { jobs } from "../jobs.ts";

/** What the operator says: why, and if wanted a token of his own choice, which makes the call repeatable. */
const Payload = z.strictObject({
  reason: line(500),
  token: z
    .string()
    .refine((token) => readToken(token) !== null, { error: "must be tk_<ULID>_<43 characters base64url>" })
    .optional(),
});
const Result = z.object({ key: ApiKey, token: z.string() });

/** How long the key lets in: long enough to invite an administrator. */
const validMs = 24 * 60 * 60_000;
/** How many administrators hear of it. */
const toldAtMost = 20;

/**
 * Makes an admin key of the provider, for an installation whose last administrator is gone: it is logged, and all other administrators and the
 * provider hear of it by mail. Only who may invoke the function in AWS gets here.
 */
export const handler = job(jobs.recoverAccess.id, async (event, deps) => {
  const { db, now, ids, author } = deps;
  const payload = Payload.safeParse(event ?? {});
  if (!payload.success)
    throw new DomainError("invalid_request", "The payload does not fit its description.", fieldErrors(payload.error));
  const { reason, token } = payload.data;
  const provider = await db.get(providerKey);
  const chain = provider ? await readChain(db, String(provider["customerId"])) : null;
  if (!chain) throw new DomainError("not_found", "There is no provider yet: invoke bootstrapProvider.");
  const chosen = token === undefined ? null : readToken(token);
  const before = chosen && (await authenticateKey(db, chosen, now));
  if (before && token !== undefined)
    return Result.parse({ key: presentApiKey(before, { id: before.id, scopeAncestors: [] }, now), token });
  const { id, secret } = chosen ?? { id: ids.id("apiKey", now), secret: ids.secret() };
  const createdAt = new Date(now).toISOString();
  const key = ApiKeyRecord.parse({
    id,
    version: 1,
    customerId: chain[0].id,
    ancestors: [],
    role: "admin",
    name: "Recovered access",
    secretHash: hashSecret(secret),
    expiresOn: new Date(now + validMs).toISOString(),
    createdAt,
    updatedAt: createdAt,
  });
  await db.commit([
    ...insertApiKey(key),
    ...(await mails(deps, chain, reason)),
    logWrite(author, chain, {
      type: "AccessRecovered",
      node: { id, level: null, name: key.name },
      reason,
    }),
  ]);
  return Result.parse({
    key: presentApiKey(key, { id, scopeAncestors: [] }, now),
    token: token ?? writeToken(id, secret),
  });
});

/** The mails to the provider and its administrators, as far as mails can be sent. */
async function mails({ db, now, context }: JobDeps, chain: Chain, reason: string): Promise<Write[]> {
  if (refusalToMail(context, chain, null, "")) return [];
  const [{ name, email }] = chain;
  const admins = (await listAdmins(db, chain[0].id, toldAtMost)).filter((user) => userState(user, now) === "active");
  const people = new Map([{ name, email, locale: null }, ...admins].map((one) => [one.email, one]));
  const queued = await Promise.all(
    [...people.values()].map((one) =>
      queueMail(
        context,
        {
          matter: {
            template: "access-recovered",
            recipient: one.name,
            customer: name,
            at: new Date(now).toISOString(),
            reason,
          },
          to: { name: one.name, address: one.email },
          accountId: null,
          contactId: null,
          locale: one.locale ?? effectiveSettings(chain).locale.value,
          secret: null,
        },
        chain,
        "",
      ),
    ),
  );
  return queued.flatMap(({ writes }) => writes);
}

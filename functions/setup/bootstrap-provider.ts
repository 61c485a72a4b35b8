import { creation } from "../../shared/domain/hierarchy/log-changes.ts";
import * as z from "zod";
import { Customer, CustomerInput, presentCustomer } from "../../shared/domain/hierarchy/customer.ts";
import { ApiKey } from "../../shared/domain/access/api-key.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { newProvider } from "../../shared/domain/hierarchy/new-customer.ts";
import { firstPlans } from "../../shared/domain/accounts/service-plan.ts";
import { fieldErrors } from "../../shared/http/parse.ts";
import { job } from "../../shared/http/jobs/invocation.ts";
import { authenticateKey, type ApiKeyRecord, insertApiKey } from "../../shared/store/access/api-keys.ts";
import { hashSecret, readToken, writeToken } from "../../shared/store/access/tokens.ts";
import { readChain } from "../../shared/store/hierarchy/chain.ts";
import { insertCustomers } from "../../shared/store/hierarchy/customers.ts";
import { grantSecretKey, providerKey } from "../../shared/store/table/keys.ts";
import { logWrite } from "../../shared/store/hierarchy/log.ts";
import { insertPlans } from "../../shared/store/accounts/plans.ts";
import { insert } from "../../shared/store/table/writes.ts";
import { presentApiKey } from "../keys/presentation.ts";
import { jobs } from "../jobs.ts";

/** What the operator who sets an installation up says. A token of the operator's own choice makes the call repeatable. */
const Payload = z.strictObject({
  provider: CustomerInput.pick({ name: true, email: true, country: true, storageLocation: true }),
  token: z
    .string()
    .refine((token) => readToken(token) !== null, { error: "must be tk_<ULID>_<43 characters base64url>" })
    .optional(),
});
const Result = z.object({ provider: Customer, key: ApiKey, token: z.string() });

/**
 * Creates the provider, the first key and the first service plans in one transaction. Refuses for ever once a provider exists, but answers again whom
 * presents the token of the first call: an answer that was lost on its way locks nobody out.
 */
export const handler = job(jobs.bootstrapProvider.id, async (event, { db, now, ids, author }) => {
  const payload = Payload.safeParse(event);
  if (!payload.success)
    throw new DomainError("invalid_request", "The payload does not fit its description.", fieldErrors(payload.error));
  const { provider: input, token } = payload.data;
  const taken = await db.get(providerKey);
  if (taken) return again(token, taken["customerId"]);

  const createdAt = new Date(now).toISOString();
  const provider = newProvider(input, ids.id("customer", now), now);
  const { id, secret } = (token === undefined ? null : readToken(token)) ?? {
    id: ids.id("apiKey", now),
    secret: ids.secret(),
  };
  const key: ApiKeyRecord = {
    id,
    version: 1,
    customerId: provider.id,
    ancestors: [],
    role: "admin",
    name: "First key",
    secretHash: hashSecret(secret),
    readOnly: false,
    ipRanges: [],
    lastSeenAt: null,
    expiresOn: null,
    revokedAt: null,
    expiryRecordedAt: null,
    createdBy: null,
    createdAt,
    updatedAt: createdAt,
  };
  const { level, name } = provider;
  await db.commit([
    insert(
      providerKey,
      { kind: "provider", customerId: provider.id },
      new DomainError("provider_exists", "This installation has its provider already."),
    ),
    ...insertCustomers([provider], []),
    ...insertApiKey(key),
    ...insertPlans(firstPlans(now), 0),
    insert(grantSecretKey, { kind: "grant-secret", secret: ids.secret() }),
    logWrite(author, [provider], {
      type: "ProviderBootstrapped",
      node: { id: provider.id, level, name },
      changes: creation(provider),
    }),
  ]);
  return Result.parse({
    provider: presentCustomer([provider], provider.id, now),
    key: presentApiKey(key, { id, scopeAncestors: [] }, now),
    token: token ?? writeToken(id, secret),
  });

  async function again(presented: string | undefined, providerId: unknown) {
    const credential = presented === undefined ? null : readToken(presented);
    const first = credential && (await authenticateKey(db, credential, now));
    if (!first || first.customerId !== providerId)
      throw new DomainError("provider_exists", "This installation has its provider already.");
    const chain = await readChain(db, first.customerId);
    if (!chain) throw new DomainError("provider_exists", "This installation has its provider already.");
    return Result.parse({
      provider: presentCustomer(chain, first.customerId, now),
      key: presentApiKey(first, { id: first.id, scopeAncestors: [] }, now),
      token: presented,
    });
  }
});

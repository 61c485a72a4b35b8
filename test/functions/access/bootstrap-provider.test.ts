import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { expect, test } from "vitest";
import { startTestApi } from "../../support/api.ts";
import { createTestTable } from "../../support/dynamo.ts";
import { forged } from "../../support/forged.ts";

const file = "functions/setup/bootstrap-provider.ts";
const token = `tk_01JZX0N4Y8M1Q2R3S4T5V6W7X8_${"b".repeat(43)}`;
const provider = { name: "First", email: "admin@example.com", country: "DE" };

test("a provider is created once, by one of several at once, and only its token is answered again", async () => {
  const api = await startTestApi();
  const call = (event: unknown) => api.invoke(file, event);

  // The first call was made when the API started; from then on everybody is refused.
  for (const event of [{ provider }, { provider, token }, { provider: { ...provider, name: "Test Provider" } }])
    await expect(call(event)).rejects.toMatchObject({ code: "provider_exists" });
  const again = await call({ provider: { ...provider, name: "Ignored" }, token: api.token });
  expect(again).toMatchObject({ provider: { id: api.provider.id, name: "Test Provider" }, token: api.token });
  await expect(call({ provider, token: forged(api.token) })).rejects.toMatchObject({ code: "provider_exists" });

  // A key of somebody below is none of the provider's.
  const { id } = await api.ok("createCustomer", {
    body: { name: "R", email: "r@example.com", country: "DE", level: "reseller" },
  });
  const below = await api.ok("createApiKey", { body: { customerId: id, role: "admin", name: "R" } });
  await expect(call({ provider, token: below.token })).rejects.toMatchObject({ code: "provider_exists" });

  for (const payload of [{}, { provider: { name: "x" } }, { provider, token: "short" }, { provider, extra: 1 }, null])
    await expect(call(payload)).rejects.toMatchObject({ code: "invalid_request" });

  // On a table of its own, several at once.
  const empty = await createTestTable();
  const env = api.runtime.env as { TABLE_NAME: string };
  env.TABLE_NAME = empty.tableName;
  await expect(call({ provider: { ...provider, country: "AT" } })).rejects.toMatchObject({ code: "location_required" });
  const scan = async () =>
    (await empty.documents.send(new ScanCommand({ TableName: empty.tableName, ConsistentRead: true }))).Items ?? [];
  expect(await scan()).toEqual([]);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 5 }, (_, index) => call({ provider: { ...provider, name: `At once ${index}` } })),
  );
  const won = outcomes.filter(({ status }) => status === "fulfilled");
  expect(won).toHaveLength(1);
  const kinds = (await scan()).map(({ kind }) => String(kind)).sort();
  expect(kinds).toEqual([
    "api-key",
    "customer",
    "grant-secret",
    "key-link",
    "log",
    "name",
    "plan",
    "plan",
    "plan",
    "plan-count",
    "provider",
    // The first night of its ledger.
    "timer",
  ]);
  const first = (won[0] as PromiseFulfilledResult<{ token: string; provider: { id: string } }>).value;
  const seen = await api.ok("me", {}, { token: first.token });
  expect(seen).toMatchObject({ role: "admin", scope: { id: first.provider.id, level: "provider" } });
  expect(await call({ provider, token: first.token })).toMatchObject({ provider: { id: first.provider.id } });
});

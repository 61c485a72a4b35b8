import { beforeAll, describe, expect, test } from "vitest";
import { emailReportsId } from "../../../shared/domain/reports/email-reports.ts";
import type { Reply } from "../../support/api.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";

type Body = Reply["body"];

let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet();
});

const at = (id: string) => ({ params: { id } });
const subscriptionsOf = async (customerId: string): Promise<Body[]> =>
  (await fleet.ok("listReportSubscriptions", { query: { customerId } })).items;
const behind = async (customerId: string): Promise<Body | undefined> =>
  (await subscriptionsOf(customerId)).find(({ id }) => id === emailReportsId(customerId));
const addresses = ({ recipients }: Body): string[] => recipients.map(({ email }: Body) => email);
const change = (id: string, body: object): Promise<Body> => fleet.ok("updateCustomer", { ...at(id), body });

describe("emailReports of a customer", () => {
  test("of a new one is a subscription to its activity, for its own address", async () => {
    const customer = await fleet.customer({ emailReports: true, email: "owner@office.example" });
    expect(customer.emailReports).toBe(true);
    const subscription = await behind(customer.id);
    expect(subscription).toMatchObject({ kind: "activity", frequency: "daily", jobTypes: null, active: true });
    expect(subscription?.nextRunAt).toEqual(expect.any(String));
    expect(addresses(subscription)).toEqual(["owner@office.example"]);
  });

  test("of a new reseller comes beside the reports that it is offered", async () => {
    const { id } = await fleet.create(fleet.provider.id, { level: "reseller", emailReports: true });
    const active = (await subscriptionsOf(id)).map(({ kind, active: is }) => `${kind} ${is}`);
    expect(active.toSorted()).toEqual(["activity true", "all-customers false", "event-log false", "watchlist false"]);
  });

  test("is switched on and off, and keeps what was changed of its subscription", async () => {
    const { id } = await fleet.customer();
    expect(await subscriptionsOf(id)).toEqual([]);
    await change(id, { emailReports: true });
    const { id: subscriptionId } = (await behind(id)) ?? {};
    const recipients = [{ email: "office@example.com" }, { email: "second@example.com" }];
    await fleet.ok("updateReportSubscription", { ...at(subscriptionId), body: { hour: 19, recipients } });
    await change(id, { emailReports: false });
    expect(await behind(id)).toMatchObject({ active: false, nextRunAt: null, hour: 19 });
    await change(id, { emailReports: true });
    expect(await behind(id)).toMatchObject({ active: true, hour: 19 });
    expect(await subscriptionsOf(id)).toHaveLength(1);
  });

  test("follows the customer's address, and leaves other recipients alone", async () => {
    const { id } = await fleet.customer({ emailReports: true, email: "old@office.example" });
    const subscriptionId = emailReportsId(id);
    const recipients = [{ email: "old@office.example" }, { email: "second@example.com" }];
    await fleet.ok("updateReportSubscription", { ...at(subscriptionId), body: { recipients } });
    await change(id, { email: "new@office.example" });
    expect(addresses(await behind(id))).toEqual(["new@office.example", "second@example.com"]);
    await change(id, { email: "second@example.com" });
    expect(addresses(await behind(id))).toEqual(["new@office.example", "second@example.com"]);
  });

  test("says what was done to its subscription, also where that was ended, and begins anew", async () => {
    const { id } = await fleet.customer({ emailReports: true });
    const subscriptionId = emailReportsId(id);
    const shown = async (): Promise<boolean> => (await fleet.ok("getCustomer", at(id))).emailReports;
    await fleet.ok("updateReportSubscription", { ...at(subscriptionId), body: { active: false } });
    expect(await shown()).toBe(false);
    await fleet.ok("updateReportSubscription", { ...at(subscriptionId), body: { active: true } });
    expect(await shown()).toBe(true);
    await fleet.ok("deleteReportSubscription", at(subscriptionId));
    expect([await shown(), await subscriptionsOf(id)]).toEqual([false, []]);
    await change(id, { emailReports: true });
    expect(await behind(id)).toMatchObject({ active: true });
  });

  test("changes nothing in a dry run, nor beside other changes", async () => {
    const { id } = await fleet.customer();
    await fleet.ok("updateCustomer", { ...at(id), query: { dryRun: "true" }, body: { emailReports: true } });
    await change(id, { notes: "by phone" });
    expect(await subscriptionsOf(id)).toEqual([]);
    expect((await fleet.ok("getCustomer", at(id))).emailReports).toBe(false);
  });

  test("comes with a customer that is made with its first account", async () => {
    const customer = { name: "With an account", email: "a@office.example", country: "DE", emailReports: true };
    const body = { customer: { ...customer, parentId: fleet.resellerId }, plan: "select", username: "with-account" };
    const { customerId } = await fleet.ok("createAccount", { body: { ...body, password: "a lantern in the fog" } });
    expect(await behind(customerId)).toMatchObject({ kind: "activity", active: true });
  });
});

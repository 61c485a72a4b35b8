import { beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { expectRefusal, gigabyte } from "../stages/book.ts";
import { goodPassword, openPost, type Post } from "../stages/post.ts";

let post: Post;
beforeAll(async () => {
  post = await openPost();
});

type Body = Reply["body"];
const settings = (id: string, mail: object | null) => post.ok("updateSettings", { params: { id }, body: { mail } });
const reseller = (more?: object) => post.create(post.provider.id, { level: "reseller", ...more });
const preview = (id: string) => post.ok("previewDetailsOfAccount", { params: { id } });
const send = (id: string) => post.call("sendDetailsOfAccount", { params: { id } });
const previewOfCustomer = (id: string) => post.ok("previewAccountDetails", { params: { id } });
const sendOfCustomer = (id: string) => post.call("sendAccountDetails", { params: { id } });
/** What came to the mailbox for a mail that is sent now. */
async function delivered(reply: { status: number; body: Body }) {
  expect(reply.status).toBe(202);
  await post.deliver(reply.body.id);
  const [mail] = post.arrived(reply.body.id);
  if (!mail) throw new Error("The mail has not come.");
  return mail;
}
/** Line ends are CRLF on the way, and one may be added at the end. */
const plain = (text: string | null): string => (text ?? "").replaceAll("\r\n", "\n").trimEnd();
const expectSame = (mail: Awaited<ReturnType<typeof delivered>>, shown: Body): void => {
  expect(mail).toMatchObject({ to: shown.to.address, subject: shown.subject });
  expect(plain(mail.text)).toBe(plain(shown.text));
  expect(plain(mail.html)).toBe(plain(shown.html));
};

describe("the details of an account (R1)", () => {
  test("are previewed as they are sent: subject, text and HTML, in every language", async () => {
    const { id: resellerId } = await reseller();
    for (const [locale, subject] of [
      ["en-GB", "Your backup account for"],
      ["de-CH", "Ihr Backup-Konto für"],
    ] as const) {
      const customer = await post.create(resellerId, { name: `${locale} Söhne <& Co>`, country: "CH", locale });
      const account = await post.account(customer.id, { plan: "trial", userQuotaBytes: gigabyte / 4 });
      const shown = await preview(account.id);
      expect(shown).toMatchObject({
        to: { name: "Ann", address: account.contact.email },
        language: locale.slice(0, 2),
      });
      expect(shown.subject).toContain(subject);
      expect(shown.subject).toContain(customer.name);
      for (const part of [shown.text, shown.html]) expect(part).toContain(account.username);
      const reply = await send(account.id);
      expect(reply.body).toMatchObject({
        template: "account-details",
        state: "queued",
        to: shown.to,
        accountId: account.id,
        contactId: account.contactId,
        customerId: customer.id,
      });
      expectSame(await delivered(reply), shown);
      const after = await post.ok("getAccount", { params: { id: account.id } });
      expect(after).toMatchObject({ detailsMailId: reply.body.id, version: 2 });
    }
  });

  test("hold no password but the one that was just made", async () => {
    const customer = await post.create((await reseller()).id);
    const account = await post.account(customer.id, { password: undefined });
    await post.deliver(account.detailsMailId);
    const temporary = post.passwordIn(account.detailsMailId);
    const later = await delivered(await send(account.id));
    expect(later.text).not.toContain(temporary);
    expect(later.text).not.toContain("Temporary password");
    expect(post.arrived(account.detailsMailId)[0]?.html).toContain(temporary);
    expect((await preview(account.id)).text).not.toContain(temporary);
  });

  test("say what the account has: plan, quota, end of trial, and where its data lie", async () => {
    const customer = await post.create((await reseller()).id, {
      country: "AT",
      storageLocation: "DE",
      timezone: "Asia/Tokyo",
    });
    const account = await post.account(customer.id, { plan: "trial", trialDays: 3 });
    const { text } = await preview(account.id);
    expect(text).toContain(`User name: ${account.username}`);
    expect(text).toContain("Service plan: Trial");
    expect(text).toContain("Storage space: 512\u00a0MiB");
    expect(text).toMatch(/End of trial: .+/);
    expect(text).toContain("Storage location: Germany");
    const paid = await post.account(customer.id);
    const other = await preview(paid.id);
    expect(other.text).toContain("Storage space: unrestricted");
    expect(other.text).not.toContain("End of trial");
  });

  test("speak the contact's language, or else the customer's, or else English", async () => {
    const { id } = await reseller({ locale: "de" });
    const customer = await post.create(id);
    const english = await post.create(id, { locale: "en" });
    const french = await post.create(id, { locale: "fr" });
    const languageOf = async (customerId: string, locale?: string) => {
      const contact = { name: "Ann", email: post.freshAddress(), ...(locale !== undefined && { locale }) };
      const account = await post.account(customerId, { contact });
      const shown = await preview(account.id);
      expectSame(await delivered(await send(account.id)), shown);
      return [account.locale, shown.language];
    };
    expect(await languageOf(customer.id)).toEqual(["de", "de"]);
    expect(await languageOf(english.id)).toEqual(["en", "en"]);
    expect(await languageOf(french.id)).toEqual(["fr", "en"]);
    const second = await post.create(id, { locale: "en" });
    expect(await languageOf(second.id, "de-AT")).toEqual(["de-AT", "de"]);
  });

  test("come from the nearest level that says a name, in its branding, with its way to set the software up", async () => {
    const distributor = await post.create(post.provider.id, { level: "distributor" });
    const seller = await post.create(distributor.id, { level: "reseller" });
    const customer = await post.create(seller.id);
    const account = await post.account(customer.id);
    const look = async () => {
      const shown = await preview(account.id);
      const mail = await delivered(await send(account.id));
      expectSame(mail, shown);
      return { ...mail, shown: shown.html as string };
    };
    expect((await look()).from).toBe('"Backup Service" <backup@tenantry.example>');
    await settings(distributor.id, { senderName: "Distributor Backup", setupUrl: "https://setup.example/start" });
    await post.patch(distributor.id, { branding: { color: "#123456", logoUrl: "https://logo.example/d.png" } });
    const inherited = await look();
    expect(inherited.from).toBe('"Distributor Backup" <backup@tenantry.example>');
    for (const part of ["#123456", "https://logo.example/d.png", "https://setup.example/start", "Distributor Backup"])
      expect(inherited.shown).toContain(part);
    await settings(seller.id, { senderName: 'Söhne, "IT" <x@y>' });
    await post.patch(seller.id, { branding: { supportUrl: "https://help.example/" } });
    const own = await look();
    expect(own.from).toContain("backup@tenantry.example");
    expect(own.from).not.toContain("Distributor");
    expect(own.shown).toContain("https://help.example/");
    expect(own.shown).toContain("https://setup.example/start");
    expect(own.shown).not.toContain("https://logo.example/d.png");
  });

  test("show what is set when they are sent, and keep what was set when they were queued", async () => {
    const seller = await reseller();
    const account = await post.account((await post.create(seller.id)).id);
    const shown = await preview(account.id);
    const reply = await send(account.id);
    await settings(seller.id, { senderName: "Another" });
    await post.ok("updateContact", { params: { id: account.contactId }, body: { email: post.freshAddress() } });
    expectSame(await delivered(reply), shown);
    expect((await preview(account.id)).text).toContain("Another");
  });
});

describe("mail that is switched off", () => {
  test("at a level above, by the nearest that says so, is refused: a password must be given", async () => {
    const distributor = await post.create(post.provider.id, { level: "distributor" });
    const seller = await post.create(distributor.id, { level: "reseller" });
    const customer = await post.create(seller.id);
    const account = await post.account(customer.id);
    for (const level of [distributor, seller]) {
      await settings(level.id, { enabled: false });
      expectRefusal(await send(account.id), 422, "mail_disabled", "");
      expectRefusal(await sendOfCustomer(customer.id), 422, "mail_disabled", "");
      const reset = await post.call("resetPassword", { params: { id: account.id }, body: {} });
      expectRefusal(reset, 422, "mail_disabled", "password");
      expect(reset.body.detail).toContain(level.level);
      expect(reset.body.detail).not.toContain(level.name);
      const refused = await post.tryAccount(customer.id, { plan: "basic", password: undefined });
      expectRefusal(refused, 422, "mail_disabled", "password");
      const withNew = await post.call("createAccount", {
        body: { customer: post.input({ parentId: seller.id }), plan: "basic", username: post.freshLogin() },
      });
      expectRefusal(withNew, 422, "mail_disabled", "password");
      // What would be sent can still be looked at.
      expect((await preview(account.id)).subject).toContain(customer.name);
      expect((await previewOfCustomer(customer.id)).subject).toContain(customer.name);
    }
    const given = await post.account(customer.id, { plan: "basic" });
    expect(given.detailsMailId).toBeNull();
    const reset = { params: { id: given.id }, body: { password: goodPassword } };
    expect((await post.ok("resetPassword", reset)).detailsMailId).toBeNull();
    await settings(seller.id, { enabled: true });
    expect((await send(account.id)).status).toBe(202);
  });
});

describe("the details of a customer (R1)", () => {
  test("list its accounts, as previewed, to its own address, in its language, and count as no change", async () => {
    const customer = await post.create((await reseller()).id, {
      contactName: "Ada",
      email: "ada@example.com",
      locale: "de",
    });
    const parent = await post.account(customer.id, { plan: "basic" });
    const sub = await post.subAccount(parent.id);
    const shown = await previewOfCustomer(customer.id);
    expect(shown).toMatchObject({ to: { name: "Ada", address: "ada@example.com" }, language: "de" });
    for (const { username } of [parent, sub]) expect(shown.text).toContain(username);
    const reply = await sendOfCustomer(customer.id);
    expect(reply.body).toMatchObject({
      template: "customer-details",
      accountId: null,
      contactId: null,
      customerId: customer.id,
    });
    expectSame(await delivered(reply), shown);
    expect(await post.get(customer.id)).toEqual(customer);
  });

  test("leave out what is deleted or suspended", async () => {
    const customer = await post.create((await reseller()).id);
    const parent = await post.account(customer.id);
    const [gone, idle] = [await post.subAccount(parent.id), await post.subAccount(parent.id)];
    await post.ok("deleteAccount", { params: { id: gone.id }, query: { confirm: gone.username } });
    await post.ok("updateAccount", { params: { id: idle.id }, body: { active: false } });
    const { text } = await previewOfCustomer(customer.id);
    expect([parent, gone, idle].map(({ username }) => text.includes(`: ${username}\n`))).toEqual([true, false, false]);
  });

  test("list fifty accounts, and say how many more there are", async () => {
    const customer = await post.create((await reseller()).id);
    const parent = await post.account(customer.id);
    const listed = (text: string) => text.split("\n").filter((line) => line.startsWith("User name: ")).length;
    for (let count = 1; count < 50; count += 7)
      await Promise.all(Array.from({ length: 7 }, () => post.subAccount(parent.id)));
    const full = await previewOfCustomer(customer.id);
    expect([listed(full.text), /more account/.test(full.text)]).toEqual([50, false]);
    await post.subAccount(parent.id);
    const one = await previewOfCustomer(customer.id);
    expect(listed(one.text)).toBe(50);
    expect(one.text).toContain("and 1 more account\n");
    await post.subAccount(parent.id);
    const two = await previewOfCustomer(customer.id);
    expect(two.text).toContain("and 2 more accounts\n");
    expectSame(await delivered(await sendOfCustomer(customer.id)), two);
  });

  test("say so where there are none", async () => {
    const customer = await post.create((await reseller()).id);
    expect((await previewOfCustomer(customer.id)).text).toContain("There are no backup accounts yet.");
  });

  test("are of end-customers and sites that are not deleted", async () => {
    const seller = await reseller();
    expectRefusal(await sendOfCustomer(seller.id), 422, "not_applicable");
    expectRefusal(await post.call("previewAccountDetails", { params: { id: seller.id } }), 422, "not_applicable");
    const customer = await post.create(seller.id);
    const site = await post.create(customer.id);
    expect((await sendOfCustomer(site.id)).status).toBe(202);
    await post.remove(customer);
    for (const { id } of [customer, site]) expectRefusal(await sendOfCustomer(id), 409, "customer_deleted");
  });
});

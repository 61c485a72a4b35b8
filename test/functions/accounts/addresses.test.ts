import { beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { expectRefusal } from "../stages/book.ts";
import { openPost, type Post } from "../stages/post.ts";

type Body = Reply["body"];

/** The one complaint of a refused request. */
function complaintOf(reply: Reply): { path: string; message: string } {
  expectRefusal(reply, 400, "invalid_request");
  expect(reply.body.errors).toHaveLength(1);
  return reply.body.errors[0];
}

describe("a mail address", () => {
  const ascii = "x@xn--exmple-cua.example";
  const shown = "x@exämple.example";
  const local = "the part before the @ must be ASCII: no mail can be sent to other letters";
  let post: Post;
  let owner: Body;
  beforeAll(async () => {
    post = await openPost();
    const reseller = await post.create(post.provider.id, { level: "reseller" });
    owner = await post.create(reseller.id, { email: ` ${shown}\n` });
  });
  const both = { email: ascii, emailDisplay: shown };

  test("with a domain beyond ASCII is kept in ASCII and shown in both forms, for customers and contacts", async () => {
    expect(owner).toMatchObject(both);
    expect(await post.get(owner.id)).toMatchObject(both);
    const { body: patched } = await post.patch(owner.id, { email: "y@exämple.example" });
    expect(patched).toMatchObject({ email: "y@xn--exmple-cua.example", emailDisplay: "y@exämple.example" });
    expect((await post.patch(owner.id, { email: "y@xn--exmple-cua.example" })).body.version).toBe(patched.version);

    const contact = await post.ok("createContact", {
      body: { customerId: owner.id, name: "Ann", email: `\t${shown}` },
    });
    expect(contact).toMatchObject(both);
    const { items } = await post.ok("listContacts", { query: { customerId: owner.id } });
    expect(items).toEqual([contact]);
    expect(await post.ok("getContact", { params: { id: contact.id } })).toEqual(contact);
    const moved = await post.ok("updateContact", {
      params: { id: contact.id },
      body: { email: " ann@straße.example " },
    });
    expect(moved).toMatchObject({ email: "ann@xn--strae-oqa.example", emailDisplay: "ann@straße.example" });
    expect(await post.ok("deleteContact", { params: { id: contact.id } })).toMatchObject({
      emailDisplay: "ann@straße.example",
    });
  });

  test("before whose @ stand other letters is refused with the reason", async () => {
    const body = { customerId: owner.id, name: "Ann", email: "jörg@example.com" };
    expect(complaintOf(await post.call("createContact", { body }))).toMatchObject({ path: "email", message: local });
    expect(complaintOf(await post.patch(owner.id, { email: "jörg@exämple.example" }))).toMatchObject({
      path: "email",
      message: local,
    });
  });

  test("is what mails go to, and one address for all that is known of it, however it is written", async () => {
    const address = (domain: string): string => `ann@${domain}`;
    const account = await post.account(owner.id, {
      password: undefined,
      contact: { name: "Ann", email: address("exämple.example") },
    });
    expect(account.contact).toMatchObject({ email: "ann@xn--exmple-cua.example", emailDisplay: "ann@exämple.example" });
    expect((await post.mail(account.detailsMailId)).to).toEqual({
      name: "Ann",
      address: "ann@xn--exmple-cua.example",
      addressDisplay: "ann@exämple.example",
    });
    const preview = await post.ok("previewDetailsOfAccount", { params: { id: account.id } });
    expect(preview.to.addressDisplay).toBe("ann@exämple.example");
    await post.deliver(account.detailsMailId);
    expect(post.arrived(account.detailsMailId)[0]?.to).toBe("ann@xn--exmple-cua.example");
    await post.tell(account.detailsMailId, "Email Bounced", { bounce: { bounceType: "Permanent" } });
    for (const domain of ["exämple.example", "EXÄMPLE.example", "xn--exmple-cua.example"]) {
      const body = { customerId: owner.id, name: "Ann", email: address(domain) };
      expect((await post.ok("createContact", { body })).suppression).toMatchObject({ reason: "bounced" });
    }
  });
});

import { beforeAll, expect, test } from "vitest";
import { expectRefusal } from "../stages/book.ts";
import { openPost, type Post } from "../stages/post.ts";

let post: Post;
beforeAll(async () => {
  post = await openPost({ MAIL_FROM: "" });
});

test("an installation without an address to send from refuses what would have to be mailed, and nothing else", async () => {
  const reseller = await post.create(post.provider.id, { level: "reseller" });
  const customer = await post.create(reseller.id);
  const account = await post.account(customer.id);
  expect(account.detailsMailId).toBeNull();
  const refused = await post.tryAccount(customer.id, { plan: "basic", password: undefined });
  expectRefusal(refused, 422, "mail_disabled", "password");
  expect(refused.body.detail).toContain("no address to send mail from");
  const request = { params: { id: account.id } };
  expectRefusal(await post.call("resetPassword", { ...request, body: {} }), 422, "mail_disabled", "password");
  expectRefusal(await post.call("sendDetailsOfAccount", request), 422, "mail_disabled", "");
  expectRefusal(await post.call("sendAccountDetails", { params: { id: customer.id } }), 422, "mail_disabled", "");
  expect((await post.call("previewDetailsOfAccount", request)).status).toBe(200);
});

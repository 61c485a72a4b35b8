import { beforeAll, expect, test } from "vitest";
import { type OperationId, routes } from "../../../functions/routes.ts";
import { type Contract, methodOf } from "../../../shared/http/contract.ts";
import { openPost, type Post } from "../../functions/stages/post.ts";
import { examples, freshAccount } from "../../routes/examples.ts";
import { openWorld } from "../../routes/recording.ts";
import { openRecord } from "./record.ts";

let post: Post;
let opened: Awaited<ReturnType<typeof openWorld>>;
const expectConditions = openRecord("operations");
beforeAll(async () => {
  post = await openPost();
  opened = await openWorld(post, () => post.freshName("Company"));
});

/** Changes nothing that is kept; or not in its example, see the scenes. */
const writesNothing: ReadonlySet<OperationId> = new Set(["renewCredentials", "requestReactivation"]);
const changes = (Object.keys(routes) as OperationId[]).filter((id) => {
  const contract: Contract = routes[id];
  return methodOf(contract) !== "GET" && !writesNothing.has(id);
});
test.each(changes)("%s is cancelled where any of its conditions holds no longer", async (id) => {
  const request = await examples[id](opened.world);
  await expectConditions(post, id, () => post.ok(id, request, { token: opened.tokenFor(id) }));
});

test("a request for reactivation, the first and the next", async () => {
  const { id } = await post.create(opened.world.resellerId);
  const { token } = await post.key(id, "viewer");
  await post.ok("deactivateCustomer", { params: { id } });
  const ask = () => post.ok("requestReactivation", {}, { token });
  await expectConditions(post, "ask for reactivation", ask);
  post.advance(25 * 3_600_000);
  await expectConditions(post, "ask for reactivation again", ask);
});

test("a mail that is sent, postponed, and told of", async () => {
  const mailOf = async (): Promise<string> => {
    const contact = { name: "Ann", email: post.freshAddress() };
    const named = { api: post, freshName: () => post.freshName("Mail") };
    const { id } = await freshAccount(named, opened.world.resellerId, { contact });
    return String((await post.ok("sendDetailsOfAccount", { params: { id } })).id);
  };
  const [first, second] = [await mailOf(), await mailOf()];
  await expectConditions(post, "send a mail", () => post.deliver(first));
  await expectConditions(post, "take in that a mail bounced", () =>
    post.tell(first, "Email Bounced", { bounce: { bounceType: "Permanent" } }),
  );
  post.advance(3_600_000);
  await expectConditions(post, "sweep mails", () => post.sweep());
  expect((await post.mail(second)).state).toBe("sent");
});

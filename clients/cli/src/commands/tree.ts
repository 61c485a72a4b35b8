import type { Schemas } from "@tenantry/client";
import type { Command } from "commander";
import { type CustomerOptions, findCustomer, namingCustomer, ownCustomer } from "../input/find-customer.ts";
import { countOf } from "../input/values.ts";
import { dim } from "../output/output.ts";
import { openSession } from "../session.ts";

type TreeNode = Schemas["TreeNode"];

/** The lines of a branch, as `tree` draws folders. */
function draw(node: TreeNode, first = "", others = ""): string[] {
  const marks = [node.level, ...(node.active ? [] : ["inactive"]), ...(node.inTrial ? ["in trial"] : [])];
  const line = `${first}${node.name.replaceAll(/\p{Cc}+/gu, " ")}  ${dim(`${marks.join(", ")}  ${node.id}`)}`;
  const children = node.children ?? [];
  const hasMore = node.nextCursor !== null;
  const below = children.flatMap((child, nth) => {
    const isLast = nth === children.length - 1 && !hasMore;
    return draw(child, `${others}${isLast ? "└── " : "├── "}`, `${others}${isLast ? "    " : "│   "}`);
  });
  const more = hasMore ? [`${others}└── ${dim(`and more: tenantry customers list --parent ${node.id}`)}`] : [];
  return [line, ...below, ...more];
}

/** `tenantry tree`: the levels below a customer. */
export function addTree(program: Command): void {
  namingCustomer(program.command("tree").description("draw the levels below a customer"), "id or name (yours)")
    .option("--depth <levels>", "so many levels, 1 to 5 (2)", countOf, 2)
    .action(async (customer: string | undefined, options: CustomerOptions & { depth: number }, command: Command) => {
      const session = openSession(command);
      const id = await findCustomer(session, customer, options, ownCustomer);
      const tree = await session.tenantry.getTree({ params: { id }, query: { depth: options.depth } });
      session.output.either(tree, () => `${draw(tree).join("\n")}\n`);
    });
}

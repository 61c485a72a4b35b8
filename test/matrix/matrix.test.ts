import pMap from "p-map";
import { beforeAll, expect, test } from "vitest";
import type { OperationId } from "../../functions/routes.ts";
import { dayMs } from "../functions/stages/book.ts";
import type { CallOptions, Reply, Request } from "../support/api.ts";
import { dayOf } from "../support/in-turn.ts";
import { callers } from "./callers.ts";
import { allCells, type Cell, nameOf, sampleOf } from "./cells.ts";
import { openTableStream } from "../fleet/table-stream.ts";
import { logsOf } from "../functions/stages/hooks.ts";
import type { Expected } from "./rule.ts";
import { requestFor } from "./requests.ts";
import { openStage, type Stage } from "./stage.ts";
import { secretsInText } from "../support/secrets.ts";
import { customers, isIn, sellers, type Spot } from "./tree.ts";
import { detector, dumpOf, hashOf, lasting, seenBy, watchWrites, writesDuring } from "./watch.ts";

const only = process.env["MATRIX_ONLY"];
/** How many cells: `all` in the long run. */
const size = process.env["MATRIX"] ?? (only === undefined ? "1200" : "all");
const isWhole = size === "all";
const seed = Number(process.env["MATRIX_SEED"] ?? dayOf(Date.now()));

let stage: Stage;
/** Cursors that a caller got: of the list of an operation, and of another list. */
const cursors = new Map<string, string>();
beforeAll(async () => {
  stage = await openStage();
  watchWrites(stage);
  stoppedAt = stage.now();
}, 240_000);

const unknownIds = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
let stoppedAt: number;
let addresses = 0;
/** Each request comes from an address of its own, so that nobody has tried too many secrets. */
const send = (cell: Cell, request: Request): Promise<Reply> => {
  addresses += 1;
  // The clock stands still, however long it takes: sessions and proofs last.
  process.env["TENANTRY_CLOCK_OFFSET_MS"] = String(stoppedAt - Date.now());
  const sourceIp = `10.${addresses >> 16}.${(addresses >> 8) & 255}.${addresses & 255}`;
  return stage.call(cell.operation.id as OperationId, request, { token: stage.tokenOf(cell.caller), sourceIp });
};
const callerOf = (name: string) => callers.find((caller) => caller.name === name) ?? callers[0];

/** The first page's cursor, as some caller gets it. */
async function cursorOf(cell: Cell, as: string): Promise<string | undefined> {
  const caller = callerOf(as);
  if (!caller) return undefined;
  const request = requestFor(stage, cell.operation, { ...caller, home: cell.caller.home }, "none", "", undefined);
  const reply = await send({ ...cell, caller }, { ...request, query: { ...request.query, limit: "1" } });
  return reply.status === 200 ? (reply.body?.nextCursor ?? undefined) : undefined;
}
const listOfAnother = async (cell: Cell): Promise<string> => {
  const found = cursors.get(cell.caller.name);
  if (found !== undefined) return found;
  const token = stage.tokenOf(cell.caller);
  const id = stage.things["cus"]?.[cell.caller.home] ?? "";
  const reply = await stage.call("listLog", { params: { id }, query: { limit: "1" } }, { token });
  const cursor = String(reply.body.nextCursor ?? "bm8.bm8");
  cursors.set(cell.caller.name, cursor);
  return cursor;
};

/** What stands at the place of a cell. */
async function valueOf(cell: Cell): Promise<string | undefined> {
  const { tried, kind, operation, place } = cell;
  switch (tried) {
    case "none":
    case "wrong secret":
      return undefined;
    case "cursor of another caller":
      return (await cursorOf(cell, cell.caller.name === "admin of P" ? "support of P" : "admin of P")) ?? "bm8.bm8";
    case "cursor of another list":
      return operation.id === "listLog" ? "bm8.bm8" : listOfAnother(cell);
    case "altered cursor": {
      const own = (await cursorOf(cell, cell.caller.name)) ?? "bm8.bm8";
      return `${own.startsWith("x") ? "y" : "x"}${own.slice(1)}`;
    }
    case "unknown":
      return kind === "name" ? "nobody.has.this" : `${kind}_${unknownIds}`;
    case "malformed":
      return `${kind}_x`;
    case "of another kind":
      return `${kind === "con" ? "cus" : "con"}_${unknownIds}`;
    default:
      if (kind !== "name") return stage.things[kind]?.[tried];
      return place === "query.username" ? stage.logins[tried] : stage.refs[tried];
  }
}

/** No request can hold the answer of an authenticator: whoever is told that his does not count is served. */
const isServed = ({ status, body }: Reply): boolean =>
  status < 300 || [409, 410, 412, 422].includes(status) || body?.code === "wrong_passkey";
const fits = (what: Expected, reply: Reply): boolean =>
  what === "404 in sight" ? reply.status === 404 : typeof what === "number" ? reply.status === what : isServed(reply);

/** What has been answered for what nobody has, by operation and place. */
const forUnknown = new Map<string, Promise<string>>();
function unknownFor(cell: Cell): Promise<string> {
  const { operation, place, kind, caller } = cell;
  const id = `${operation.id} ${place} ${kind} ${caller.name}`;
  const asked = forUnknown.get(id) ?? ask({ ...cell, tried: "unknown" }).then(({ reply }) => lasting(reply));
  forUnknown.set(id, asked);
  return asked;
}

async function ask(cell: Cell): Promise<{ reply: Reply; request: Request }> {
  const { operation, caller, place, kind } = cell;
  const request = requestFor(stage, operation, caller, place, kind, await valueOf(cell), cell.tried === "wrong secret");
  return { reply: await send(cell, request), request };
}

test("every caller is answered by every operation, for every target at every place, as the rule says", async () => {
  const before = await dumpOf(stage);
  const cells = allCells().filter(({ operation }) => only === undefined || only.split(",").includes(operation.id));
  const tried = isWhole ? cells : sampleOf(cells, Number(size), seed);
  const { foreign, holdsSecret } = detector(stage);
  const wrong: string[] = [];
  const leaks: string[] = [];
  const written: string[] = [];
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const say = (cell: Cell, { status, body }: Reply): void => {
    wrong.push(`${nameOf(cell)}: expected ${cell.expected}, got ${status} ${JSON.stringify(body)?.slice(0, 300)}`);
  };

  await pMap(
    tried,
    async (cell) => {
      const { result, writes } = await writesDuring(() => ask(cell));
      const { reply } = result;
      count(`${cell.expected}: ${reply.status}`);
      if (!fits(cell.expected, reply)) say(cell, reply);
      else if ((cell.expected === 404 || cell.expected === "as unknown") && cell.tried !== "unknown") {
        const unknown = await unknownFor(cell);
        if (lasting(reply) !== unknown)
          wrong.push(`${nameOf(cell)}: ${lasting(reply)} differs from what nobody has, ${unknown}`);
      }
      for (const write of writes) written.push(`${nameOf(cell)}: ${write}`);
      const text = JSON.stringify([reply.body, reply.headers]);
      const marks = foreign(text, seenBy(cell));
      if (marks.length > 0) leaks.push(`${nameOf(cell)}: ${marks.join(" ")} in ${text.slice(0, 500)}`);
      if (holdsSecret(text)) leaks.push(`${nameOf(cell)} answers with a secret`);
    },
    { concurrency: 8 },
  );

  const tally = [...counts].toSorted().map(([what, many]) => `  ${what}: ${many}`);
  const part = isWhole ? "all" : `seed ${seed} (MATRIX_SEED=${seed} repeats it)`;
  process.stdout.write(
    `matrix: ${tried.length} of ${cells.length} cells, ${part}; expected: answered\n${tally.join("\n")}\n`,
  );
  expect.soft(wrong, `${wrong.length} cells are wrong`).toEqual([]);
  expect.soft(leaks).toEqual([]);
  expect.soft(written).toEqual([]);
  expect.soft(stage.failures).toEqual([]);
  const none = (): boolean => false;
  expect.soft(stage.logged.filter((line) => foreign(line, none).length > 0 || holdsSecret(line))).toEqual([]);
  const after = await dumpOf(stage);
  if (hashOf(after) !== hashOf(before)) {
    const had = new Set(before);
    expect.soft(after.filter((item) => !had.has(item))).toEqual([]);
  }
  expect.soft(after.length).toBe(before.length);
}, 3_600_000);

test("no mail about one tenant holds what another one keeps to itself, and the table holds no secret in clear", async () => {
  // The reports of a day, and what sellers hear of the move.
  for (const ms of [dayMs, dayMs / 24, dayMs / 24]) {
    stage.advance(ms);
    await stage.invoke("functions/schedule/sweep-reports.ts", {});
    await stage.sweep();
  }
  const { foreign, spotsIn, holdsSecret } = detector(stage);
  const mails = stage.mailbox.list();
  const leaks = mails.flatMap(({ to, subject, text, html }) => {
    const whole = JSON.stringify([subject, text, html]);
    // The address holds the marker of the tenant that the mail is for.
    const [reader] = spotsIn(to);
    const marks = foreign(whole, (spot) => reader !== undefined && isIn(reader, spot));
    return marks.length > 0 || holdsSecret(whole) ? [{ to, marks, whole }] : [];
  });
  process.stdout.write(
    `matrix: ${mails.length} mails: ${[...new Set(mails.map(({ subject }) => subject.replaceAll(/mk\S+/g, "…")))].join(", ")}\n`,
  );
  expect(mails.length).toBeGreaterThan(5);
  expect(leaks).toEqual([]);
  const found = secretsInText((await dumpOf(stage)).join("\n"), stage.secrets);
  expect(found).toEqual([]);
});

test("no event, and no call of a webhook, tells a tenant what another one keeps to itself", async () => {
  const stream = await openTableStream(stage.table);
  const markOf = (spot: Spot): string | undefined =>
    Object.entries(stage.markers).findLast(([, sees]) => sees[0] === spot)?.[0];
  const homes = [...sellers, ...customers].filter((spot) => spot !== "X");
  /** All pages of a list. */
  const all = async (operation: OperationId, request: Request, options: CallOptions): Promise<unknown[]> => {
    const items: unknown[] = [];
    for (let cursor: string | null | undefined = null; cursor !== undefined;) {
      const query = { limit: "200", ...(cursor !== null && { cursor }) };
      const page = await stage.ok(operation, { ...request, query }, options);
      items.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    }
    return items;
  };
  for (const spot of homes) {
    const body = { notes: `Noted ${markOf(spot)}`, contactName: `Heard of ${markOf(spot)}` };
    await stage.ok("updateCustomer", { params: { id: stage.things["cus"]?.[spot] ?? "" }, body });
  }
  await stage.invoke("functions/stream/file-log-entries.ts", { Records: logsOf(await stream.next()) });
  stream.close();
  const { foreign, spotsIn, holdsSecret } = detector(stage);
  const leaks: string[] = [];
  for (const spot of homes) {
    const body = { customerId: stage.things["cus"]?.[spot], role: "viewer", name: "Listener" };
    const { token } = await stage.ok("createApiKey", { body });
    const text = JSON.stringify(
      await all("listHandlerDeliveries", { params: { id: stage.things["hnd"]?.[spot] ?? "" } }, {}),
    );
    // It has heard of its whole branch; what is said of others is what this looks for.
    expect(spotsIn(text), `the events of ${spot}`).toEqual(
      expect.arrayContaining(homes.filter((one) => isIn(spot, one))),
    );
    const feed = JSON.stringify(await all("listEvents", {}, { token }));
    expect(spotsIn(feed), `the feed of ${spot}`).toContain(spot);
    for (const [what, said] of Object.entries({ deliveries: text, feed })) {
      const marks = foreign(said, (one) => isIn(spot, one));
      if (marks.length > 0) leaks.push(`${what} of ${spot}: ${marks.join(" ")}`);
      if (holdsSecret(said)) leaks.push(`${what} of ${spot} hold a secret`);
    }
  }
  expect(leaks).toEqual([]);
});

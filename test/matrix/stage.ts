import { randomBytes } from "node:crypto";
import pMap from "p-map";
import { jobs } from "../../functions/jobs.ts";
import type { OperationId } from "../../functions/routes.ts";
import type { Reply, Request } from "../support/api.ts";
import { openTableStream } from "../fleet/table-stream.ts";
import { matchesAny } from "../../shared/http/jobs/filter.ts";
import { makeVaultsReady } from "../support/vaults.ts";
import { issuerBody, planBody, putInvoice } from "../support/books.ts";
import { goodPassword, openPost, type Post } from "../functions/stages/post.ts";
import { type CallerKind, callers } from "./callers.ts";
import { cloud, type CustomerSpot, customers, sellers, type Spot, spots } from "./tree.ts";
import { freshPasskey } from "../routes/passkey-examples.ts";
import { forged } from "../support/forged.ts";

type Body = Reply["body"];
interface Login {
  username: string;
  password: string;
}
type SellerSpot = (typeof sellers)[number];

/** The tree of the matrix in the table, with things of every kind in it. */
export interface Stage extends Post {
  /** Ids by the kind (the prefix of an id) and the spot where the thing stands. */
  things: Record<string, Partial<Record<Spot, string>>>;
  /** What has to be repeated for deleting a thing. */
  names: Record<string, string>;
  /** What a caller sends as its token; null: nothing. */
  tokenOf: (caller: CallerKind) => string | null;
  /** What only the spot's branch, and whoever is above it, may read. */
  markers: Record<string, readonly Spot[]>;
  /** What lets computers enrol, and the password of an account, of E. */
  proofs: { enrolmentKey: string; login: Login; person: Login };
  /** Passwords of users by their caller's name. */
  passwords: Record<string, string>;
  /** External references and user names by spot. */
  refs: Partial<Record<Spot, string>>;
  logins: Partial<Record<Spot, string>>;
  /** Tokens, passwords and links: no answer may hold them any more. */
  secrets: string[];
  /** Every line of the log since the tree was begun. */
  logged: string[];
}

/** A text that nothing else in the world holds. */
const marker = (spot: Spot): string => `mk${spot.replace("/", "-")}x${randomBytes(6).toString("hex")}`.toLowerCase();
const url = "https://198.51.101.7/vault";
const selection = { include: ["/home"] };
const nightly = { kind: "watchlist", frequency: "daily", hour: 6 };

/** Builds the tree. One per test file. */
export async function openStage(): Promise<Stage> {
  const post = await openPost();
  const logged: string[] = [];
  for (const level of ["debug", "info", "warn", "error"] as const)
    post.runtime.logger[level] = (...said: unknown[]) => {
      const line = JSON.stringify(said, (_, value: unknown) => (value instanceof Error ? String(value.stack) : value));
      logged.push(line);
      if (level === "error") post.failures.push(line);
    };
  const things: Stage["things"] = {};
  const names: Stage["names"] = {};
  const markers: Record<string, readonly Spot[]> = {};
  const secrets: string[] = [];
  const refs: Stage["refs"] = {};
  const logins: Stage["logins"] = {};
  const marks = Object.fromEntries(spots.map((spot) => [spot, marker(spot)])) as Record<Spot, string>;
  for (const spot of spots) markers[marks[spot]] = [spot];
  const put = (kind: string, spot: Spot, { id, name }: { id: string; name?: string }): string => {
    (things[kind] ??= {})[spot] = id;
    if (name !== undefined) names[id] = name;
    return id;
  };
  const secret = (text: string): string => {
    secrets.push(text);
    return text;
  };
  const ok = async (operation: OperationId, request: Request, token?: string): Promise<Body> =>
    post.ok(operation, request, token === undefined ? {} : { token });
  const key = async (at: Spot, role: string, more: object = {}): Promise<{ id: string; token: string }> => {
    const body = { customerId: things["cus"]?.[at], role, name: `Key ${marks[at]}`, ...more };
    const made = await ok("createApiKey", { body });
    secret(made.token);
    return made;
  };
  const customer = async (spot: Spot, parentId: string, more: object = {}): Promise<string> => {
    const mark = marks[spot];
    refs[spot] = `ref-${mark}`;
    const body = {
      parentId,
      name: `Customer ${mark}`,
      email: `office.${mark}@example.com`,
      contactName: `Chief ${mark}`,
      notes: `Notes ${mark}`,
      externalRef: refs[spot],
      country: "DE",
      ...more,
    };
    return put("cus", spot, await ok("createCustomer", { body }));
  };

  const user = async (spot: Spot, role: string, username: string, more: object = {}): Promise<Body> => {
    const mark = marks[spot];
    const password = secret(`${goodPassword} user ${mark}`);
    const body = { customerId: things["cus"]?.[spot], role, name: `Person ${mark}`, email: `${username}@example.com` };
    return ok("createUser", { body: { ...body, username, password, ...more } });
  };
  /** Logs somebody in, who then has a password of his own choice unless he has still to choose it. */
  const logIn = async (spot: Spot, username: string, chooses: boolean): Promise<string> => {
    const password = `${goodPassword} user ${marks[spot]}`;
    const { token } = await post.ok("login", { body: { username, password } }, { token: null });
    const body = { password, newPassword: secret(`${password}, own`) };
    if (chooses) await ok("changeOwnPassword", { body }, token);
    return secret(token);
  };
  const server = async (spot: Spot, nth: number): Promise<{ id: string; token: string }> => {
    const body = { customerId: things["cus"]?.[spot], name: `Server ${nth} ${marks[spot]}`, url };
    const made = await ok("createStorageServer", { body });
    put("srv", spot, made.server);
    return { id: made.server.id, token: secret(made.token) };
  };
  /** What customers of every level have. */
  async function common(spot: Spot): Promise<void> {
    const customerId = things["cus"]?.[spot] ?? "";
    const mark = marks[spot];
    for (const nth of [1, 2]) {
      if (!cloud.has(spot)) await server(spot, nth);
      const recipients = [{ email: `reader${nth}.${mark}@example.com`, name: `Reader ${mark}` }];
      const body = { customerId, ...nightly, timezone: "Europe/Berlin", recipients };
      put("sub", spot, await ok("createReportSubscription", { body }));
      const hook = { customerId, name: `Hook ${mark}`, action: { kind: "webhook", url } };
      const handler = await ok("createEventHandler", { body: hook });
      secret(handler.secret);
      put("hnd", spot, handler);
      put("dlv", spot, await ok("testEventHandler", { params: { id: handler.id } }));
      put("key", spot, await key(spot, "viewer"));
    }
    put("usr", spot, { id: (await user(spot, "viewer", `common.${mark}`)).id });
  }
  /** What those have that sell: beside the common things a task, about customers of one of the resellers. */
  async function seller(spot: SellerSpot, below: SellerSpot): Promise<void> {
    await common(spot);
    const { token } = await key(spot, "admin");
    const create = async (parentId: string, more: object = {}): Promise<string> => {
      const name = post.freshName(`Spare ${marks[below]}`);
      return (
        await ok("createCustomer", {
          body: { parentId, name, email: `office.${marks[below]}@example.com`, country: "DE", ...more },
        })
      ).id;
    };
    for (const nth of [1, 2])
      put("prp", spot, await ok("createPricePlan", { body: planBody(`${nth} ${marks[spot]}`) }, token));
    await ok("putInvoiceIssuer", { body: issuerBody(marks[spot]) }, token);
    const issuerId = things["cus"]?.[spot] ?? "";
    const payerId = things["cus"]?.[below] ?? "";
    put("inv", spot, { id: await putInvoice(post, { issuerId, payerId, status: "draft", text: marks[spot] }) });
    const at = things["cus"]?.[below] ?? "";
    const [from, to] = [await create(at), await create(at)];
    const file = `name,email,country\nImported ${marks[below]},office.${marks[below]}@example.com,DE\n`;
    put("imp", spot, await ok("createImport", { query: { customerId: at, parts: "2" }, body: file }, token));
    for (const _ of [1, 2]) {
      const body = { ids: [await create(from)], parentId: to };
      put("tsk", spot, await ok("moveCustomers", { body }, token));
    }
  }

  /** What end-customers and sites have: accounts, computers, and all that belongs to those. */
  async function customerThings(spot: CustomerSpot): Promise<void> {
    await common(spot);
    const mark = marks[spot];
    const customerId = things["cus"]?.[spot] ?? "";
    if (!cloud.has(spot)) {
      const [first] = (await ok("listStorageServers", { query: { customerId } })).items;
      await ok("chooseStorageServer", { params: { id: customerId }, body: { storageServerId: first.id } });
      const migration = { customerId, toServerId: things["srv"]?.[spot] };
      const cancelled = await ok("createSeedMigration", { body: migration });
      await ok("recordSeedMigrationStep", { params: { id: cancelled.id }, body: { state: "cancelled" } });
      put("mig", spot, await ok("createSeedMigration", { body: migration }));
    }
    const contact = { name: `Ann ${mark}`, email: `ann.${mark}@example.com` };
    logins[spot] = `user.${mark}`;
    const login = { username: logins[spot], password: `${goodPassword} ${mark}` };
    secret(login.password);
    const account = await ok("createAccount", { body: { customerId, plan: "select", contact, ...login } });
    put("acc", spot, { id: account.id, name: login.username });
    put("con", spot, { id: account.contactId });
    await ok("createContact", { body: { customerId, name: `Ben ${mark}`, email: `ben.${mark}@example.com` } });
    const other = { customerId, plan: "basic", username: `other.${mark}`, contact };
    const { id: doomed, detailsMailId } = await ok("createAccount", { body: other });
    put("mai", spot, { id: detailsMailId });
    for (const name of ["Support", "Disk"]) {
      const body = { customerId, name: `${name} ${mark}`, unitPrice: { amount: 100, currency: "EUR" } };
      put("svc", spot, await ok("createService", { body }));
    }
    const deleted = { params: { id: doomed }, query: { confirm: other.username } };
    put("del", spot, { id: (await ok("deleteAccount", deleted)).deletionId });
    for (const nth of [1, 2, 3]) {
      const at = `${spot}/${nth}` as Spot;
      const machine = { machineId: `machine-${marks[at]}`, name: `PC ${marks[at]}`, kind: "laptop", os: "Linux" };
      const plan = "select";
      const enrolmentKey = await ok("createEnrolmentKey", { params: { id: customerId }, body: { name: mark, plan } });
      put("enk", spot, enrolmentKey);
      tokens[`enrolment ${spot}`] = secret(enrolmentKey.token);
      if (nth === 3) await ok("updateCustomer", { params: { id: customerId }, body: { autoAuthorize: false } });
      const proof = nth === 3 ? { enrolmentKey: enrolmentKey.token } : login;
      const { device, token } = await ok("enrol", { body: { ...proof, ...machine } });
      put("dev", at, device);
      tokens[`agent ${at}`] = secret(token);
      if (nth === 3) continue;
      const set = await ok("createOwnBackupSet", { body: { name: `Docs ${marks[at]}`, selection } }, token);
      put("set", at, set);
      const { grant } = await ok("authorizeBackup", { body: { backupSetId: set.id } }, token);
      if (grant) put("grt", at, grant);
      for (const jobId of ["one", "two"])
        await ok("reportJob", { body: { ...job(post.now()), jobId, backupSetId: set.id } }, token);
    }
  }
  const tokens: Record<string, string> = {};

  put("cus", "P", { id: post.provider.id, name: post.provider.name });
  secret(post.token);
  await ok("updateCustomer", {
    params: { id: post.provider.id },
    body: { name: `Provider ${marks.P}`, email: `office.${marks.P}@example.com` },
  });
  const settings = { moves: { mergeAndSplit: true }, deletion: { customersPerHour: 10_000 } };
  await ok("updateSettings", { params: { id: post.provider.id }, body: settings });
  const own = { serviceType: "software-only", autoAuthorize: true };
  const [a, b] = [
    await customer("A", post.provider.id, { level: "distributor" }),
    await customer("B", post.provider.id, { level: "distributor" }),
  ];
  const [r, r2, r3] = [
    await customer("R", a, { level: "reseller" }),
    await customer("R2", a, { level: "reseller" }),
    await customer("R3", b, { level: "reseller" }),
  ];
  const e = await customer("E", r, own);
  await customer("S", e, { autoAuthorize: true });
  const x = await customer("X", r, own);
  const m = await customer("M", r, own);
  await customer("E2", r2, { autoAuthorize: true });
  await customer("E3", r3, { autoAuthorize: true });
  const below = { P: "R3", A: "R", R: "R", R2: "R2", B: "R3", R3: "R3" } as const;
  const inTurn = [
    ...customers.map((spot) => () => customerThings(spot)),
    ...sellers.map((spot) => () => seller(spot, below[spot])),
  ];
  await pMap(inTurn, (make) => make(), { concurrency: 4 });

  // Another account of E, below the one that logs in, with a computer of its own.
  const marked = marks["E/account"];
  const sub = { parentAccountId: things["acc"]?.E, username: `second.${marked}`, password: goodPassword };
  const { id: subId } = await ok("createAccount", {
    body: { ...sub, contact: { name: marked, email: `${marked}@example.com` } },
  });
  put("acc", "E/account", { id: subId, name: sub.username });
  const pc = { accountId: subId, machineId: `machine-${marked}`, name: `PC ${marked}`, kind: "laptop", os: "Linux" };
  const deviceId = put("dev", "E/account", await ok("createDevice", { body: pc }));
  put("set", "E/account", await ok("createBackupSet", { body: { deviceId, name: `Docs ${marked}`, selection } }));

  // Credentials, before what makes some of them invalid.
  for (const { credential, at: spot, role = "admin", refused, name } of callers) {
    if (credential === "key" && (refused === undefined || refused === "deleted"))
      tokens[name] = (await key(spot, role)).token;
  }
  const revoked = await key("R", "admin");
  await ok("revokeApiKey", { params: { id: revoked.id } });
  const expired = await key("R", "admin", { expiresAt: new Date(post.now() + 60_000).toISOString() });
  for (const { at: spot, credential, refused, name } of callers)
    if (credential === "server") {
      const { id, token } = await server(spot, 3);
      tokens[name] = token;
      if (refused === "superseded") secret((await ok("renewStorageServerToken", { params: { id } })).token);
    }
  // Accounts that log in. The portal of one is closed by a demand for a second factor that comes after all logins.
  const passwords: Stage["passwords"] = {};
  for (const { credential, at: spot, unready, refused, name } of callers)
    if (credential === "account" && refused !== "forged") {
      const password = `${goodPassword} ${marks[spot]}`;
      const reset = { params: { id: things["acc"]?.[spot] ?? "" }, body: { password, mustChangePassword: true } };
      if (unready) await ok("resetPassword", reset);
      const body = { username: logins[spot], password };
      tokens[name] = secret((await post.ok("login", { body }, { token: null })).token);
      passwords[name] = password;
    }
  // Users. One has logged in a while before the others.
  const people = callers.filter(({ credential }) => credential === "user");
  for (const stale of [true, undefined]) {
    for (const caller of people.filter((one) => one.stale === stale)) {
      const { name, at: spot, role = "", unready, refused } = caller;
      const username = `${name.replaceAll(" ", ".").toLowerCase()}.${marks[spot]}`;
      const endsAt = refused === "expired" ? { endsAt: new Date(post.now() + 30_000).toISOString() } : {};
      const { id } = await user(spot, role, username, endsAt);
      const chooses = unready === undefined;
      passwords[name] = `${goodPassword} user ${marks[spot]}${chooses ? ", own" : ""}`;
      tokens[name] = await logIn(spot, username, chooses);
      if (refused === "disabled") await ok("updateUser", { params: { id }, body: { active: false } });
      if (refused === "unknown") await ok("deleteUser", { params: { id } });
      if (refused === "revoked") await ok("logout", {}, tokens[name]);
      const at = name === "admin user of R" ? "R/user" : name === "admin user of R2" ? "R2/user" : undefined;
      if (at) put("ses", at, (await ok("listSessions", {}, tokens[name])).items[0]);
      if (at) put("pky", at, { id: (await freshPasskey({ api: post, person: { token: tokens[name] ?? "" } })).id });
    }
    if (stale) post.advance(11 * 60_000);
  }
  // It counts for whoever is logged in already.
  const second = { params: { id: things["cus"]?.S ?? "" }, body: { access: { secondFactor: "required" } } };
  await ok("updateSettings", second);
  await ok("deactivateCustomer", { params: { id: things["cus"]?.E3 ?? "" } });
  const person = { username: `common.${marks.E}`, password: `${goodPassword} user ${marks.E}` };
  // The same computer enrols anew: the token that it had is told apart once, and works no more.
  const machine = { machineId: `machine-${marks["S/1"]}`, name: `PC ${marks["S/1"]}`, kind: "laptop", os: "Linux" };
  const login = { username: logins.S, password: `${goodPassword} ${marks.S}` };
  tokens["superseded agent"] = tokens["agent S/1"] ?? "";
  tokens["agent S/1"] = secret((await ok("enrol", { body: { ...login, ...machine } })).token);
  await post.call("listOwnBackupSets", {}, { token: tokens["superseded agent"] });

  // M leaves R. What R has seen of it stays in R's log; what M is called since then is nobody's business there.
  await ok("recordSeedMigrationStep", { params: { id: things["mig"]?.M ?? "" }, body: { state: "cancelled" } });
  const stream = await openTableStream(post.table);
  await ok("moveCustomer", { params: { id: m }, body: { parentId: r2 } });
  const Records = (await stream.next()).filter((record) => matchesAny(jobs.noteMoves.filters, record));
  await post.invoke("functions/stream/note-moves.ts", { Records });
  await stream.close();
  const renamed = marker("M");
  const body = { name: `Customer ${renamed}`, notes: `Notes ${renamed}`, contactName: renamed };
  await ok("updateCustomer", { params: { id: m }, body });
  markers[marks.M] = ["M", "R"];
  for (const nth of [1, 2, 3]) markers[marks[`M/${nth}` as Spot]] = ["M", "R"];
  markers[renamed] = ["M"];
  await ok("createSeedMigration", { body: { customerId: m, toServerId: things["srv"]?.M } });
  const { name } = await post.get(x);
  await ok("deleteCustomer", { params: { id: x }, query: { confirm: name } });
  post.advance(120_000);
  await makeVaultsReady(post.table);
  for (const spot of spots) {
    const id = things["cus"]?.[spot];
    if (id !== undefined) names[id] = (await post.get(id)).name;
  }

  const tokenOf: Stage["tokenOf"] = ({ name: called, credential, refused, at: spot }) => {
    const admin = tokens["admin of R"] ?? "";
    if (credential === "none") return null;
    if (credential === "agent")
      return refused === "forged"
        ? forged(tokens[`agent ${spot}`] ?? "")
        : (tokens[called.startsWith("agent of") ? `agent ${spot}` : called] ?? "");
    if (credential === "account" && refused === "forged") return forged(tokens["account of E"] ?? "");
    if (credential === "user" && refused === "forged") return forged(tokens["admin user of R"] ?? "");
    if (credential === "user" || credential === "account") return tokens[called] ?? "";
    if (refused === "malformed") return "tk_nonsense";
    if (refused === "forged") return forged(admin);
    if (refused === "unknown") return `tk_${"0".repeat(26)}_${admin.slice(-43)}`;
    if (refused === "revoked") return revoked.token;
    if (refused === "expired") return expired.token;
    return tokens[called] ?? "";
  };
  const proofs = {
    enrolmentKey: tokens["enrolment E"] ?? "",
    login: { username: String(logins.E), password: `${goodPassword} ${marks.E}` },
    person,
  };
  await post.invoke("functions/setup/rebuild-search.ts", {});
  return Object.assign(post, { things, names, proofs, passwords, tokenOf, markers, refs, logins, secrets, logged });
}

/** The report of a backup that has just ended. */
export const job = (now: number) => ({
  type: "backup",
  status: "succeeded",
  startedAt: new Date(now - 60_000).toISOString(),
  endedAt: new Date(now - 30_000).toISOString(),
  bytes: 1_000,
  files: 3,
  errors: [],
});

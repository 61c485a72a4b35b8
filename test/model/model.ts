/**
 * The rules of the hierarchy once more, from the feature list, as plainly as possible: one map, nothing kept that can be worked
 * out, no code of the product. What is refused is answered as the set of codes that would be right.
 */
export type Level = "provider" | "distributor" | "sub-distributor" | "reseller" | "end-customer" | "site";
export type Service = "all-inclusive" | "software-only";

export interface Node {
  id: string;
  parent: string | null;
  level: Level;
  name: string;
  email: string;
  country: string;
  location: string;
  /** Of a site: what it was created with; it shows its end-customer's. */
  type: Service;
  set: Service[];
  active: boolean;
  deleted: boolean;
  /** ISO 8601; null: in production. */
  trialEndsAt: string | null;
  extended: boolean;
  isDefault: boolean;
  ref: string | null;
  space: number | null;
  licences: number | null;
  devices: number | null;
  version: number;
}

export interface NewInput {
  level?: Level;
  name: string;
  email: string;
  country: string;
  storageLocation?: string;
  serviceType?: Service;
  servicesToProvide?: Service[];
  inTrial?: boolean;
  active?: boolean;
  externalRef?: string;
  space?: { limitBytes: number | null };
  licences?: { limit: number | null };
  deviceLimit?: number | null;
}
export interface PatchInput extends Partial<Omit<NewInput, "inTrial" | "active" | "externalRef">> {
  externalRef?: string | null;
}
/** One of several limits that are changed together. */
export interface AllocationInput extends Pick<PatchInput, "space" | "licences" | "deviceLimit"> {
  id: string;
}

/** Which levels stand under which (H1). */
export const below: Record<Level, Level[]> = {
  provider: ["distributor", "reseller"],
  distributor: ["sub-distributor", "reseller"],
  "sub-distributor": ["reseller"],
  reseller: ["end-customer"],
  "end-customer": ["site"],
  site: [],
};
export const selling = (level: Level): boolean => level !== "end-customer" && level !== "site";

const dayMs = 86_400_000;
/** How long a trial lasts where no setting says anything, and with its extension at most (L1). */
export const trialDays = 30;
const longestTrialDays = 365;

/** Countries that host storage (S3). */
const hosts = new Set("AU BE BR CA DK FR DE IT NL NO PT ZA ES SE CH GB US".split(" "));
export const bothServices: readonly Service[] = ["all-inclusive", "software-only"];

/** The form in which names are compared (H4). */
/** The letters of a name without accents, for the names that the tests give. */
export const baseOf = (name: string): string =>
  normalised(name)
    .normalize("NFKD")
    .replaceAll(/[\u0300-\u036f]/g, "")
    .normalize("NFC")
    .replaceAll("ø", "o")
    .replaceAll("æ", "ae")
    .replaceAll("ł", "l");
export const normalised = (name: string): string =>
  name.normalize("NFKC").toUpperCase().toLowerCase().replaceAll("ς", "σ").trim().replaceAll(/\s+/gu, " ");

type Kind = "space" | "licences";

export function createModel(provider: Node) {
  const nodes = new Map<string, Node>([[provider.id, provider]]);
  const get = (id: string): Node => {
    const node = nodes.get(id);
    if (!node) throw new Error(`The model does not know ${id}.`);
    return node;
  };
  const children = (id: string): Node[] => [...nodes.values()].filter(({ parent }) => parent === id);
  /** The node and all above it, nearest first. */
  const chain = (id: string): Node[] => {
    const node = get(id);
    return [node, ...(node.parent === null ? [] : chain(node.parent))];
  };
  /**
   * What lies below with limits of its own: a child counts with its limit, or without one with what passes through it. A deleted child
   * has given its licences back, and keeps its space.
   */
  const committed = (id: string, kind: Kind): number =>
    children(id)
      .filter(({ deleted }) => kind === "space" || !deleted)
      .reduce((sum, child) => sum + (child[kind] ?? committed(child.id, kind)), 0);
  const free = (id: string, kind: Kind): number | null => {
    const limit = get(id)[kind];
    return limit === null ? null : limit - committed(id, kind);
  };

  /** Refusals that come before anything else: the caller's branch and deleted levels. */
  const gate = (id: string, scope: string, change: boolean, writes = change): Set<string> => {
    const ownLine = scope === provider.id ? [] : chain(scope);
    // Whoever is deactivated himself, or below somebody who is, changes nothing.
    if (writes && ownLine.every(({ deleted }) => !deleted) && ownLine.some(({ active }) => !active))
      return new Set(["branch_deactivated"]);
    const line = chain(id);
    const top = line.findIndex((node) => node.id === scope);
    if (top < 0) return new Set(["not_found"]);
    if (line.slice(top).some(({ deleted }) => deleted)) return new Set(["unauthenticated"]);
    return new Set(change && line.some(({ deleted }) => deleted) ? ["customer_deleted"] : []);
  };
  const nameTaken = (name: string, except?: string): boolean =>
    [...nodes.values()].some((node) => node.id !== except && normalised(node.name) === normalised(name));
  const refTaken = (parent: string, ref: string, except?: string): boolean =>
    children(parent).some((node) => node.id !== except && node.ref === ref);

  /** Whether a level from here up has less than what counts below it. */
  const overdrawn = (id: string, kind: Kind): boolean => chain(id).some((above) => (free(above.id, kind) ?? 0) < 0);
  /** What a limit would do: the customer itself, and then the nearest level above that has one, must have room for it. */
  const limitCodes = (id: string, kind: Kind, limit: number | null): string[] => {
    const node = get(id);
    const old = node[kind];
    if (limit !== null && limit < committed(id, kind)) return ["limit_below_committed"];
    node[kind] = limit;
    const over = overdrawn(id, kind);
    node[kind] = old;
    return over ? ["allotment_exceeded"] : [];
  };
  const serviceCodes = (level: Level, parent: Node | undefined, type?: Service, set?: Service[]): string[] => {
    const offered = parent?.set ?? bothServices;
    const codes: string[] = [];
    if (!selling(level) && set !== undefined) codes.push("not_applicable");
    if (level === "site") {
      if (type !== undefined && type !== parent?.type) codes.push("service_type_not_allowed");
      return codes;
    }
    if (type !== undefined && !offered.includes(type)) codes.push("service_type_not_allowed");
    if (set?.some((one) => !offered.includes(one))) codes.push("service_type_not_allowed");
    return codes;
  };

  const levelOf = (parent: Node, wanted: Level | undefined): Level | undefined =>
    below[parent.level].length === 1 ? below[parent.level][0] : wanted;
  const levelCode = (parent: Node, wanted: Level | undefined): string | undefined => {
    const possible = below[parent.level];
    if (possible.length === 0) return "level_not_allowed";
    if (possible.length === 1) return wanted === undefined || wanted === possible[0] ? undefined : "level_fixed";
    if (wanted === undefined) return "level_required";
    return possible.includes(wanted) ? undefined : "level_not_allowed";
  };
  const defaultName = (name: string): string => `Default Customer (${name.trim()})`;
  const ordered = (set: readonly Service[]): Service[] => bothServices.filter((one) => set.includes(one));

  const model = {
    nodes,
    get,
    children,
    chain,
    committed,
    free,
    /** A site shows the type of its end-customer, whatever it was created with. */
    typeOf: (node: Node): Service =>
      node.level === "site" && node.parent !== null ? get(node.parent).type : node.type,
    gate,

    /** Why a customer cannot be created under a parent; empty: it must be. */
    refusesCreate(input: NewInput, parentId: string, scope: string): Set<string> {
      const codes = gate(parentId, scope, true);
      if (codes.size > 0) return codes;
      const parent = get(parentId);
      const wrong = levelCode(parent, input.level);
      if (wrong !== undefined) return new Set([wrong]);
      const level = levelOf(parent, input.level) ?? "site";
      if (nameTaken(input.name)) codes.add("name_taken");
      if (level === "reseller" && nameTaken(defaultName(input.name))) codes.add("name_taken");
      if (input.externalRef !== undefined && refTaken(parentId, input.externalRef)) codes.add("external_ref_taken");
      if (input.inTrial === true && level !== "end-customer") codes.add("not_applicable");
      if (hosts.has(input.country)) {
        if (input.storageLocation !== undefined && input.storageLocation !== input.country) codes.add("location_fixed");
      } else if (input.storageLocation === undefined) codes.add("location_required");
      for (const code of serviceCodes(level, parent, input.serviceType, input.servicesToProvide)) codes.add(code);
      const probe = { ...provider, id: "probe", parent: parentId, space: null, licences: null, devices: null };
      nodes.set("probe", probe);
      for (const kind of ["space", "licences"] as const) {
        const limit = kind === "space" ? input.space?.limitBytes : input.licences?.limit;
        for (const code of limitCodes("probe", kind, limit ?? null)) codes.add(code);
      }
      nodes.delete("probe");
      return codes;
    },

    /** Takes a customer that was created into the model; `defaultId` where it came with a Default Customer. */
    create(
      input: NewInput,
      parentId: string,
      id: string,
      { defaultId = null, trialEndsAt = null }: { defaultId?: string | null; trialEndsAt?: string | null } = {},
    ): void {
      const parent = get(parentId);
      const level = levelOf(parent, input.level) ?? "site";
      const type =
        level === "site"
          ? parent.type
          : (input.serviceType ?? (parent.set.includes("all-inclusive") ? "all-inclusive" : "software-only"));
      const node: Node = {
        id,
        parent: parentId,
        level,
        name: input.name.trim(),
        email: input.email,
        country: input.country,
        location: input.storageLocation ?? input.country,
        type,
        set: selling(level) ? ordered(input.servicesToProvide ?? parent.set) : [],
        active: input.active ?? true,
        deleted: false,
        trialEndsAt,
        extended: false,
        isDefault: false,
        ref: input.externalRef ?? null,
        space: input.space?.limitBytes ?? null,
        licences: input.licences?.limit ?? null,
        devices: input.deviceLimit ?? null,
        version: 1,
      };
      nodes.set(id, node);
      if (defaultId !== null)
        nodes.set(defaultId, {
          ...node,
          id: defaultId,
          parent: id,
          level: "end-customer",
          name: defaultName(node.name),
          type: node.set.includes(node.type) ? node.type : (node.set[0] ?? node.type),
          set: [],
          active: true,
          trialEndsAt: null,
          isDefault: true,
          ref: null,
          space: null,
          licences: null,
          devices: null,
        });
    },

    refusesUpdate(id: string, patch: PatchInput, scope: string): Set<string> {
      const codes = gate(id, scope, true);
      if (codes.size > 0) return codes;
      const node = get(id);
      const parent = node.parent === null ? undefined : get(node.parent);
      const decidedAbove = ["space", "licences", "deviceLimit", "serviceType", "servicesToProvide"] as const;
      if (id === scope && parent && decidedAbove.some((field) => patch[field] !== undefined)) codes.add("forbidden");
      if (patch.level !== undefined && patch.level !== node.level) codes.add("immutable");
      if (patch.storageLocation !== undefined && patch.storageLocation !== node.location) codes.add("immutable");
      if (patch.name !== undefined && nameTaken(patch.name, id)) codes.add("name_taken");
      if (typeof patch.externalRef === "string" && node.parent !== null && refTaken(node.parent, patch.externalRef, id))
        codes.add("external_ref_taken");
      if (patch.serviceType !== undefined || patch.servicesToProvide !== undefined)
        for (const code of serviceCodes(node.level, parent, patch.serviceType, patch.servicesToProvide))
          codes.add(code);
      const kept = patch.servicesToProvide;
      if (kept !== undefined) {
        const withdrawn = node.set.filter((one) => !kept.includes(one));
        const uses = children(id).filter(({ deleted }) => !deleted);
        if (withdrawn.some((one) => uses.some((child) => child.type === one || child.set.includes(one))))
          codes.add("service_type_in_use");
      }
      if (patch.space) for (const code of limitCodes(id, "space", patch.space.limitBytes)) codes.add(code);
      if (patch.licences) for (const code of limitCodes(id, "licences", patch.licences.limit)) codes.add(code);
      return codes;
    },

    /** Applies a patch; the version goes up by one where anything differs. */
    update(id: string, patch: PatchInput): void {
      const node = get(id);
      const after: Node = {
        ...node,
        name: patch.name?.trim() ?? node.name,
        email: patch.email ?? node.email,
        country: patch.country ?? node.country,
        ref: patch.externalRef === undefined ? node.ref : patch.externalRef,
        type: patch.serviceType ?? node.type,
        set: patch.servicesToProvide ? ordered(patch.servicesToProvide) : node.set,
        space: patch.space ? patch.space.limitBytes : node.space,
        licences: patch.licences ? patch.licences.limit : node.licences,
        devices: patch.deviceLimit === undefined ? node.devices : patch.deviceLimit,
      };
      if (JSON.stringify(after) !== JSON.stringify(node)) nodes.set(id, { ...after, version: node.version + 1 });
    },

    /**
     * Why a customer cannot be moved: what the request is refused with, or `move_refused` with everything that stands against it. Empty: it is moved,
     * or stands there.
     */
    refusesMove(id: string, to: string, scope: string): { codes: Set<string>; findings: Set<string> } {
      const findings = new Set<string>();
      const codes = gate(id, scope, true);
      const node = get(id);
      if (codes.size === 0 && id === scope && node.parent !== null) codes.add("forbidden");
      if (codes.size === 0) for (const code of gate(to, scope, false)) codes.add(code);
      if (codes.size > 0 || node.parent === to) return { codes, findings };
      const [target, line] = [get(to), chain(to)];
      const misplaced =
        node.parent === null
          ? "level_not_allowed"
          : node.isDefault
            ? "default_customer"
            : line.some((above) => above.id === id)
              ? "move_below_itself"
              : below[target.level].includes(node.level)
                ? null
                : "level_not_allowed";
      if (misplaced !== null) findings.add(misplaced);
      if (line.some(({ deleted }) => deleted)) findings.add("customer_deleted");
      else if (line.some(({ active }) => !active)) findings.add("target_inactive");
      if (misplaced === null) {
        const used = node.level === "site" ? [] : [node.type, ...node.set];
        const differs = node.level === "site" ? model.typeOf(node) !== target.type : false;
        if (differs || used.some((one) => !target.set.includes(one))) findings.add("service_type_not_allowed");
        const weights = (["space", "licences"] as const).filter((kind) => (node[kind] ?? committed(id, kind)) > 0);
        nodes.set(id, { ...node, parent: to });
        if (weights.some((kind) => overdrawn(to, kind))) findings.add("allotment_exceeded");
        nodes.set(id, node);
      }
      if (node.ref !== null && refTaken(to, node.ref, id)) findings.add("external_ref_taken");
      if (findings.size > 0) codes.add("move_refused");
      return { codes, findings };
    },
    move(id: string, to: string): void {
      const node = get(id);
      if (node.parent === to) return;
      const type = node.level === "site" ? get(to).type : node.type;
      nodes.set(id, { ...node, type, parent: to, version: node.version + 1 });
    },

    refusesActivation(id: string, scope: string): Set<string> {
      const codes = gate(id, scope, true);
      if (codes.size === 0 && id === scope && get(id).parent !== null) codes.add("forbidden");
      return codes;
    },
    activate(id: string, active: boolean): void {
      const node = get(id);
      if (node.active !== active) nodes.set(id, { ...node, active, version: node.version + 1 });
    },

    refusesDelete(id: string, confirm: string | undefined, scope: string): Set<string> {
      const codes = gate(id, scope, true);
      if (codes.size > 0) return codes;
      const node = get(id);
      if (node.parent === null) return new Set(["provider_permanent"]);
      if (id === scope) codes.add("forbidden");
      if (node.isDefault) codes.add("default_customer");
      if (confirm === undefined || normalised(confirm) !== normalised(node.name)) codes.add("confirmation_required");
      return codes;
    },
    delete(id: string): void {
      const node = get(id);
      nodes.set(id, { ...node, deleted: true, version: node.version + 1 });
    },

    /** Why what is deleted stays so. What is not deleted need only be one that may be changed. */
    refusesRestore(id: string, scope: string): Set<string> {
      const node = get(id);
      const codes = gate(id, scope, false, true);
      if (codes.size > 0) return codes;
      if (!node.deleted || node.parent === null) return gate(id, scope, true);
      for (const code of gate(node.parent, provider.id, true)) codes.add(code);
      const used = node.level === "site" ? [] : [node.type, ...node.set];
      if (used.some((one) => !get(node.parent ?? "").set.includes(one))) codes.add("service_type_not_allowed");
      nodes.set(id, { ...node, deleted: false });
      if (overdrawn(id, "licences")) codes.add("allotment_exceeded");
      nodes.set(id, node);
      return codes;
    },
    restore(id: string): void {
      const node = get(id);
      if (node.deleted) nodes.set(id, { ...node, deleted: false, version: node.version + 1 });
    },

    refusesTrialEnd(id: string, scope: string): Set<string> {
      const codes = gate(id, scope, true);
      if (codes.size > 0) return codes;
      const node = get(id);
      if (id === scope && node.parent !== null) codes.add("forbidden");
      if (node.trialEndsAt === null) codes.add("not_applicable");
      return codes;
    },
    endTrial(id: string): void {
      const node = get(id);
      nodes.set(id, { ...node, trialEndsAt: null, version: node.version + 1 });
    },
    /** `most`: days by which the settings let a trial be extended. */
    refusesExtension(id: string, endsAt: string, most: number, scope: string): Set<string> {
      const codes = model.refusesTrialEnd(id, scope);
      const { trialEndsAt, extended } = get(id);
      if (codes.size > 0 || trialEndsAt === null) return codes;
      if (extended) return new Set(["trial_extended"]);
      // Nothing here lasts so long that the present end could have passed.
      const days = (Date.parse(endsAt) - Date.parse(trialEndsAt)) / dayMs;
      if (days <= 0) codes.add("invalid_time");
      if (days > most || days > longestTrialDays - trialDays) codes.add("trial_too_long");
      return codes;
    },
    extendTrial(id: string, trialEndsAt: string): void {
      const node = get(id);
      nodes.set(id, { ...node, trialEndsAt, extended: true, version: node.version + 1 });
    },

    /**
     * Several limits at once, judged by the state that all of them leave. `each`: what may be said of each change, where the list of them
     * is refused for what is in it.
     */
    refusesAllocations(
      id: string,
      changes: readonly AllocationInput[],
      scope: string,
    ): { codes: Set<string>; each: Set<string>[] } {
      const codes = gate(id, scope, true);
      if (codes.size > 0) return { codes, each: [] };
      const each = changes.map((change) => {
        const line = chain(change.id);
        if (!line.some((above) => above.id === id)) return new Set(["not_found"]);
        if (line.some(({ deleted }) => deleted)) return new Set(["customer_deleted"]);
        const decided = change.space !== undefined || change.licences !== undefined || change.deviceLimit !== undefined;
        const own = change.id === scope && get(change.id).parent !== null && decided;
        return new Set(own ? ["forbidden"] : []);
      });
      // One that is refused by itself still counts for the others, where it is known what it would change.
      const found = changes.filter(
        (_, index) => !each[index]?.has("not_found") && !each[index]?.has("customer_deleted"),
      );
      const before = found.map((change) => get(change.id));
      for (const change of found) model.update(change.id, change);
      const over = found.some((change) => overdrawn(change.id, "space") || overdrawn(change.id, "licences"));
      for (const node of before) nodes.set(node.id, node);
      if (over) for (const said of each) said.add("allotment_exceeded").add("limit_below_committed");
      return { codes: new Set(each.some(({ size }) => size > 0) ? ["changes_refused"] : []), each };
    },

    /** Create or update by reference under one parent; what only a new customer can be given must not differ. */
    refusesUpsert(input: NewInput & { externalRef: string }, parentId: string, scope: string): Set<string> {
      const codes = gate(parentId, scope, true);
      if (codes.size > 0) return codes;
      const existing = children(parentId).find(({ ref }) => ref === input.externalRef);
      if (!existing) return model.refusesCreate(input, parentId, scope);
      const { inTrial, active, ...patch } = input;
      const refused = model.refusesUpdate(existing.id, patch, scope);
      if (existing.deleted) return refused;
      if (inTrial !== undefined && inTrial !== (existing.trialEndsAt !== null)) refused.add("immutable");
      if (active !== undefined && active !== existing.active) refused.add("immutable");
      return refused;
    },

    /** Children in name order. */
    list(id: string, filter: { level?: Level; active?: boolean; trial?: boolean; deleted?: boolean }): Node[] {
      return children(id)
        .filter(
          (node) =>
            node.deleted === (filter.deleted ?? false) &&
            (filter.level === undefined || node.level === filter.level) &&
            (filter.active === undefined || node.active === filter.active) &&
            (filter.trial === undefined || (node.trialEndsAt !== null) === filter.trial),
        )
        .sort(
          (one, other) =>
            Buffer.compare(Buffer.from(baseOf(one.name)), Buffer.from(baseOf(other.name))) ||
            Buffer.compare(Buffer.from(normalised(one.name)), Buffer.from(normalised(other.name))),
        );
    },
    /** The node and its branch, depth first in name order, without what is deleted. */
    branch(id: string): Node[] {
      return [get(id), ...model.list(id, {}).flatMap((child) => model.branch(child.id))];
    },

    /** What the API shows of a customer to a caller whose branch begins at `scope`. */
    view(id: string, scope: string) {
      const node = get(id);
      const line = chain(id);
      const visible = line.slice(0, line.findIndex((one) => one.id === scope) + 1);
      const pool = line.find(({ licences }) => licences !== null);
      return {
        id,
        version: node.version,
        parentId: visible.length > 1 ? node.parent : null,
        level: node.level,
        name: node.name,
        path: visible.toReversed().map((one) => ({ id: one.id, level: one.level, name: one.name })),
        isDefault: node.isDefault,
        email: node.email,
        externalRef: node.ref,
        country: node.country,
        storageLocation: node.location,
        serviceType: model.typeOf(node),
        servicesToProvide: node.set,
        active: node.active,
        effectivelyActive: line.every(({ active, deleted }) => active && !deleted),
        space: {
          limitBytes: node.space,
          allottedToChildrenBytes: committed(id, "space"),
          freeBytes: free(id, "space"),
          usedBytes: 0,
        },
        licences: {
          limit: node.licences,
          allottedToChildren: committed(id, "licences"),
          used: 0,
          usedToDate: 0,
          available: pool ? free(pool.id, "licences") : null,
        },
        // A limit of devices is a share of no other; there are no devices here.
        deviceLimit: node.devices,
        deviceCount: 0,
      };
    },
  };
  return model;
}
export type Model = ReturnType<typeof createModel>;

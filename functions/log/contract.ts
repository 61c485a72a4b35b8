import * as z from "zod";
import { AccessEvent } from "../../shared/domain/access/access-event.ts";
import { LogEntryType } from "../../shared/domain/hierarchy/log-entry.ts";
import { LogEntry } from "../../shared/domain/hierarchy/logged-entry.ts";
import { CustomerId, idPrefixes } from "../../shared/domain/terms/ids.ts";
import { QueryInstant } from "../../shared/domain/terms/times.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { countUpTo, pageOf, PageQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: CustomerId });
const read = ["table:BatchGetItem", "table:Query"] as const satisfies Grant[];

const Period = {
  from: QueryInstant.optional().meta({ description: "What came after this moment" }),
  to: QueryInstant.optional().meta({
    description: "What came up to this moment. Periods that follow each other share no entry",
  }),
};
/** Whoever acts. It stands here, since what stands beside the other ids is in every bundle. */
const actorPrefixes = [
  idPrefixes.apiKey,
  idPrefixes.user,
  idPrefixes.account,
  idPrefixes.device,
  idPrefixes.enrolmentKey,
  idPrefixes.storageServer,
];
const ActorId = z.string().regex(new RegExp(`^(?:${actorPrefixes.join("|")})_[0-7][0-9A-HJKMNP-TV-Z]{25}$`), {
  error: "must be the id of an API key, a user, an account, a device, an enrolment key or a storage server",
});

const filters = {
  ...Period,
  only: z.enum(["branch", "node"]).optional().meta({ description: "node: entries about the customer itself" }),
  actorId: ActorId.optional().meta({
    description:
      "What was done by this API key, user, account, device, enrolment key or storage server, or in its name",
  }),
  nodeId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: "must be an id" })
    .optional()
    .meta({ description: "What happened to this customer, account, device, backup set, API key or other thing" }),
  type: LogEntryType.optional(),
  operation: z
    .string()
    .regex(/^[A-Za-z]{1,64}$/, { error: "must be the id of an operation, or the name of a job" })
    .optional()
    .meta({ description: "What this operation, or job, has changed" }),
};

/** Entries of one export. */
export const exportedAtMost = 1000;

export const log = defineArea("log", {
  listLog: {
    route: "GET /v1/customers/{id}/log",
    summary: "List the log",
    description:
      "Lists what happened in a customer's branch, newest first. Filters can be combined. One request looks through 1,000 entries at most: a page may hold fewer than it was asked for, or none, and still have a `nextCursor`.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    query: PageQuery.extend(filters),
    success: { status: 200, body: pageOf(LogEntry) },
    errors: ["invalid_cursor"],
    grants: [...read, "history:Query"],
  },
  listAccessLog: {
    route: "GET /v1/customers/{id}/access-log",
    summary: "List the log of access",
    description:
      "Lists what the credentials of a customer have tried, newest first: logins, refused credentials (401) and rights (403), and requests over the limit (429). What one credential tries from one place within a minute is one line. Lines are kept for 400 days. The provider also sees what was tried with credentials that nobody has. Entries about changes stand in listLog.",
    permission: "keys:read",
    branch: "params.id",
    params: IdParams,
    query: PageQuery.extend(Period),
    success: { status: 200, body: pageOf(AccessEvent) },
    errors: ["invalid_cursor"],
    grants: read,
  },
  exportLog: {
    route: "GET /v1/customers/{id}/log/export",
    summary: "Export the log",
    description:
      'Returns the log of a customer\'s branch as JSON lines, newest entries first, up to 1,000 of them or a few megabytes. If there is more, the header `Link` holds the address of what follows (`rel="next"`). Filters are those of listLog; entries tell what listLog tells. With a filter, an answer may be empty and still have a `Link`.',
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    query: z.strictObject({
      limit: countUpTo(exportedAtMost, "Entries of an answer"),
      cursor: PageQuery.shape.cursor.meta({ description: "From the `Link` of the answer before" }),
      ...filters,
    }),
    success: { status: 200, body: z.string(), media: "application/x-ndjson", description: "One entry on each line" },
    errors: ["invalid_cursor"],
    grants: [...read, "history:Query"],
  },
});

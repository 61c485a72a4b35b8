import * as z from "zod";
import { Import, importLimits, ImportRowResult } from "../../shared/domain/imports/import.ts";
import { CustomerId, ImportId } from "../../shared/domain/terms/ids.ts";
import { defineArea, type FileMedia, type Grant } from "../../shared/http/contract.ts";
import { FileBody } from "../../shared/http/parse.ts";
import { ChangeQuery, pageOf, PageQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: ImportId });
const read = ["table:BatchGetItem", "table:Query"] as const satisfies Grant[];

const { parts: partsAtMost, partBytes } = importLimits;
const wholeNumber = z.string().regex(/^[1-9]\d?$/, { error: "must be a whole number from 1 on" });
const upTo = (most: number) =>
  wholeNumber.transform(Number).refine((count) => count <= most, { error: `must be ${most} at most` });

const file = {
  types: ["text/csv", "application/x-ndjson", "application/octet-stream"],
  maxBytes: partBytes,
} as const satisfies { types: readonly FileMedia[]; maxBytes: number };

/** Rows of one answer of CSV. */
export const exportedAtMost = 2000;
const exportLimit = z
  .string()
  .regex(/^\d{1,4}$/, { error: "must be a whole number" })
  .transform(Number)
  .refine((limit) => limit >= 1 && limit <= exportedAtMost, { error: `must be 1 to ${exportedAtMost}` })
  .optional()
  .meta({
    description: `Rows of an answer, 1 to ${exportedAtMost} (${exportedAtMost})`,
    type: "integer",
    minimum: 1,
    maximum: exportedAtMost,
    default: exportedAtMost,
  });

export const imports = defineArea("imports", {
  createImport: {
    route: "POST /v1/imports",
    summary: "Import a file",
    description:
      "Imports customers, accounts and devices from a CSV file or from JSON lines, up to 100,000 rows in any order. The answer is an import that is worked at in the background: ask for it until `endedAt` is set, and then for its rows.\n\nThe encoding, the separator and the line ends are found out. The guide on imports lists the columns. A row with an external reference creates or updates, so the same file can be sent again; a row without one creates. A row that is refused holds up no other.\n\nA file of more than 3 MB comes in parts: say with `parts` how many, send the first part here and the others by putImportPart. The import begins with the last one.\n\nSend `application/octet-stream` unless the file is UTF-8: gateways spoil other encodings of `text/csv`. With `dryRun=true` nothing is imported, and each row says what would become of it.",
    permission: "accounts:write",
    branch: "query.customerId",
    keepsDryRun: true,
    query: z.strictObject({
      customerId: CustomerId.optional().meta({
        description: "The customer that it is imported into. Default: the caller's own",
      }),
      dryRun: ChangeQuery.shape.dryRun.meta({
        description: "true: find out what would become of each row, and import nothing",
        type: "boolean",
        default: false,
      }),
      parts: upTo(partsAtMost)
        .optional()
        .meta({
          description: `In how many parts the file comes, 1 to ${partsAtMost}`,
          type: "integer",
          minimum: 1,
          maximum: partsAtMost,
          default: 1,
        }),
    }),
    body: FileBody,
    file,
    success: { status: 202, body: Import, description: "Accepted" },
    errors: ["file_unreadable", "too_many", "customer_deleted"],
    grants: ["table:BatchGetItem", "table:Query", "table:PutItem"],
  },
  putImportPart: {
    route: "PUT /v1/imports/{id}/parts/{part}",
    summary: "Send a part of a file",
    description:
      "Sends a part of a file that comes in several, in any order. Parts may be cut anywhere, also within a row. The same part may be sent again, but not another one in its place. With the last part that was missing the import begins.",
    permission: "accounts:write",
    branch: "params.id",
    params: z.strictObject({
      id: ImportId,
      part: wholeNumber.transform(Number).meta({ description: "From 1 on", type: "integer", minimum: 1 }),
    }),
    query: ChangeQuery,
    body: FileBody,
    file,
    success: { status: 202, body: Import, description: "Accepted" },
    errors: ["immutable", "not_applicable", "too_many", "precondition_failed"],
    grants: ["table:BatchGetItem", "table:Query", "table:PutItem", "table:UpdateItem"],
  },
  getImport: {
    route: "GET /v1/imports/{id}",
    summary: "Get an import",
    description:
      "Returns an import: how far it has come, how its file was written, and how many of its rows became what. It is kept for 37 days.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: Import },
    errors: [],
    grants: ["table:BatchGetItem"],
  },
  listImportRows: {
    route: "GET /v1/imports/{id}/rows",
    summary: "List the rows of an import",
    description:
      "Lists the rows of an import in the order of the file, each with what became of it. With `status=failed` only those that were refused: a page looks through 2,000 rows at most, so it may hold few, or none, and still have a `nextCursor`.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    query: PageQuery.extend({
      status: z.enum(["failed"]).optional().meta({ description: "Only the rows that were refused" }),
    }),
    success: { status: 200, body: pageOf(ImportRowResult) },
    errors: ["invalid_cursor"],
    grants: read,
  },
  exportImportRows: {
    route: "GET /v1/imports/{id}/result",
    summary: "Download the result of an import",
    description:
      'Returns the rows of an import as CSV: the columns of the file, and after them `result`, `id` and `problem`. So the rows that were refused can be mended and imported again: columns of these names are not read. It comes in pages of 2,000 rows; if there is more, the header `Link` holds the address of the next page (`rel="next"`), and the pages one after the other are the file.',
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    query: z.strictObject({
      limit: exportLimit,
      cursor: PageQuery.shape.cursor.meta({ description: "From the `Link` of the page before" }),
      status: z.enum(["failed"]).optional().meta({ description: "Only the rows that were refused" }),
    }),
    success: { status: 200, body: z.string(), media: "text/csv", description: "Rows of a CSV file" },
    errors: ["invalid_cursor"],
    grants: read,
  },
});

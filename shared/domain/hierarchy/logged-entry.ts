import * as z from "zod";
import { AccountId, ApiKeyId, DeviceId, EnrolmentKeyId, LogEntryId, StorageServerId, UserId } from "../terms/ids.ts";
import { Level } from "../terms/levels.ts";
import { LogEntryType } from "./log-entry.ts";

// It stands apart from the types of entries, which reports name too: their functions have no room for it.

/** Who acts. */
const Principal = z.object({
  kind: z.enum(["apiKey", "user", "account", "device", "enrolmentKey", "server", "system"]),
  id: z.union([ApiKeyId, UserId, AccountId, DeviceId, EnrolmentKeyId, StorageServerId]).nullable(),
});

/** One entry of the log: who did what to which node, and what changed. */
export const LogEntry = z
  .object({
    id: LogEntryId,
    at: z.iso.datetime(),
    type: LogEntryType,
    node: z
      .object({ id: z.string(), level: Level.nullable(), name: z.string() })
      .meta({ description: "What it happened to" }),
    actor: Principal.meta({
      description: "Who did it; id null: the product itself, or somebody above the caller's branch",
    }),
    onBehalfOf: Principal.nullable().default(null).meta({
      description:
        "In whose name it was done, such as the API key that asked for the task of which it is a row; id null: somebody above the caller's branch",
    }),
    operation: z.string().nullable().default(null).meta({
      description:
        "The operation that was called, or the job that did it; null: an entry that was made before this was recorded",
    }),
    sourceIp: z.string().nullable().default(null).meta({
      description:
        "Where the request came from; null: nobody asked for it, or it was asked for from above the caller's branch",
    }),
    requestId: z.string(),
    changes: z.array(z.object({ path: z.string(), before: z.unknown(), after: z.unknown() })).meta({
      description:
        "Fields that changed, with their values before and after: of something new what it begins with, of something that is gone what it held. Secrets are left out, and long values are cut and end with …",
    }),
    reason: z.string().nullable().default(null).meta({
      description: "Why, in the words of who did it, where that must be said",
    }),
  })
  .meta({ id: "LogEntry" });
export type LogEntry = z.infer<typeof LogEntry>;

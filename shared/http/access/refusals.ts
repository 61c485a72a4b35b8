import { keyState } from "../../domain/access/api-key.ts";
import { SessionRecord } from "../../domain/people/session.ts";
import { UserRecord } from "../../domain/people/user.ts";
import { DomainError, type ErrorCode } from "../../domain/terms/errors.ts";
import type { AccessEventType } from "../../domain/access/access-event.ts";
import type { FunctionRuntime } from "../../runtime/function-runtime.ts";
import { ApiKeyRecord } from "../../store/access/api-keys.ts";
import type { Access } from "../../store/access/access-log.ts";
import type { Caller, Origin } from "../../store/hierarchy/scope.ts";
import type { Database } from "../../store/table/database.ts";
import { noteAccess } from "./access-recorder.ts";
import type { Presented } from "../credential.ts";
import type { Frame } from "../frame.ts";

type Tries = NonNullable<Frame["tries"]>;

/** Which refusals the log of access tells of. */
const noted: Partial<Record<ErrorCode, AccessEventType>> = {
  unauthenticated: "CredentialRefused",
  forbidden: "PermissionRefused",
  rate_limited: "RateLimited",
  wrong_passkey: "SecondFactorFailed",
  passkey_copied: "SecondFactorFailed",
};

/** Whose a credential is that was refused, and why: what the check has read is looked at again. */
export async function triesOf(db: Database, { keys }: Presented, nowMs: number): Promise<Tries> {
  const items = await db.getAll(keys);
  const key = items.find((item) => item?.["kind"] === "api-key");
  const user = items.find((item) => item?.["kind"] === "user");
  if (user) {
    const { id, customerId } = UserRecord.parse(user);
    return { customerId, credential: { kind: "user", id }, reason: "session_ended" };
  }
  const login = items.find((item) => item?.["kind"] === "session" && item["account"] !== undefined);
  if (login) {
    const { ownerId, account } = SessionRecord.parse(login);
    return {
      customerId: account?.customerId ?? null,
      credential: { kind: "account", id: ownerId },
      reason: "session_ended",
    };
  }
  if (!key) return { customerId: null, credential: null, reason: "unknown" };
  const { id, customerId, revokedAt, expiresOn: expiresAt } = ApiKeyRecord.parse(key);
  const state = keyState({ revokedAt, expiresAt }, nowMs);
  return { customerId, credential: { kind: "apiKey", id }, reason: state === "active" ? "wrong_secret" : state };
}
/** The same of one that was let in. */
export const triesOfCaller = ({ kind, id, scopeId }: Caller): Tries => ({
  customerId: scopeId,
  credential: { kind: kind === "user" || kind === "account" ? kind : "apiKey", id },
});

/** Notes the refusal of a request whose credential can be told of. Requests without one, and those of devices and servers, are not noted. */
export function noteRefusal(
  runtime: FunctionRuntime,
  origin: Origin,
  { requestId, tries }: Pick<Frame, "requestId" | "tries">,
  error: unknown,
): void {
  const type = error instanceof DomainError ? noted[error.code] : undefined;
  if (type === undefined || tries === undefined) return;
  const access: Access = { type, ...tries, reason: tries.reason ?? (error as DomainError).code };
  noteAccess(runtime, { requestId, origin }, access);
}

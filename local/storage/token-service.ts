import type { PolicyStatement } from "../assembly/assembly.ts";
import { Refusal } from "./refusal.ts";
import type { Sessions } from "./sessions.ts";
import { xml } from "./xml.ts";

export interface TokenServiceOptions {
  sessions: Sessions;
  /** The statements of roles that sessions may begin as, by ARN. */
  roles: ReadonlyMap<string, readonly PolicyStatement[]>;
  now: () => number;
}

const policyAtMost = 2_048;
const longestSeconds = 3_600;

const tagsOf = (form: URLSearchParams): Record<string, string> => {
  const tags: Record<string, string> = {};
  for (let nth = 1; form.has(`Tags.member.${nth}.Key`); nth += 1)
    tags[String(form.get(`Tags.member.${nth}.Key`))] = String(form.get(`Tags.member.${nth}.Value`));
  return tags;
};

/** Answers STS's AssumeRole, as far as functions use it: one role begins a session as another, for an hour at the most. @throws Refusal */
export function assumeRole({ sessions, roles, now }: TokenServiceOptions, form: URLSearchParams): string {
  const roleArn = form.get("RoleArn") ?? "";
  const name = form.get("RoleSessionName") ?? "";
  const policy = form.get("Policy");
  const seconds = Number(form.get("DurationSeconds") ?? longestSeconds);
  if (!roles.has(roleArn))
    throw new Refusal(403, "AccessDenied", `Not authorized to perform: sts:AssumeRole on resource: ${roleArn}`);
  if (!/^[\w+=,.@-]{2,64}$/.test(name))
    throw new Refusal(400, "ValidationError", "The name of the session is not valid.");
  if (policy !== null && policy.length > policyAtMost)
    throw new Refusal(400, "ValidationError", "The policy is too long.");
  if (!Number.isInteger(seconds) || seconds < 900 || seconds > longestSeconds)
    throw new Refusal(
      400,
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  const expiresAt = now() + seconds * 1000;
  const made = sessions.issue({ roleArn, name, policy, tags: tagsOf(form), expiresAt });
  return xml("AssumeRoleResponse", {
    AssumeRoleResult: {
      Credentials: {
        AccessKeyId: made.accessKeyId,
        SecretAccessKey: made.secretAccessKey,
        SessionToken: made.sessionToken,
        Expiration: new Date(expiresAt).toISOString(),
      },
    },
  });
}

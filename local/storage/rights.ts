import type { PolicyStatement } from "../assembly/assembly.ts";
import { type Json, pseudoParameters } from "../assembly/intrinsics.ts";
import type { Session } from "./sessions.ts";

/** A call as policies see it. */
export interface Call {
  /** As `s3:PutObject`. */
  action: string;
  resource: string;
  /** What the resource itself says of who may use it. */
  policy?: Json;
  context: Record<string, string | string[]>;
}

const account = pseudoParameters["AWS::AccountId"] ?? "";
const document = (statements: unknown): Json => ({ Version: "2012-10-17", Statement: statements });

/**
 * Whether policies allow a call: evaluated as IAM does it, with variables, conditions and the intersection of role and session.
 * @param statements those of the role
 * @param session what limits the role beyond them
 */
export async function isAllowed(
  { action, resource, policy, context }: Call,
  statements: readonly PolicyStatement[],
  session?: Pick<Session, "roleArn" | "name" | "policy" | "tags">,
): Promise<boolean> {
  // Loaded by the first who needs it: it knows every action of AWS.
  const { runSimulation } = await import("@cloud-copilot/iam-simulate");
  const role = session?.roleArn.slice(session.roleArn.lastIndexOf("/") + 1) ?? "function";
  const tags = Object.entries(session?.tags ?? {}).map(([name, value]) => [`aws:PrincipalTag/${name}`, value] as const);
  const outcome = await runSimulation(
    {
      request: {
        principal: `arn:aws:sts::${account}:assumed-role/${role}/${session?.name ?? "session"}`,
        action,
        resource: { resource, accountId: account },
        contextVariables: { ...context, ...Object.fromEntries(tags) },
      },
      identityPolicies: [{ name: role, policy: document(statements) }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(policy && { resourcePolicy: policy }),
      ...(session && session.policy !== null && { sessionPolicy: JSON.parse(session.policy) as Json }),
    },
    {},
  );
  if (outcome.resultType === "error")
    throw new Error(`The right ${action} on ${resource} cannot be decided: ${JSON.stringify(outcome.errors)}`);
  return outcome.overallResult === "Allowed";
}

import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { GatewayRequest, GatewayResponse } from "../gateway/http-event.ts";
import type { LocalClock } from "../machine/local-clock.ts";
import { type MailOutage, outageModes } from "../emulators/mail-outage.ts";
import type { SentMail } from "../emulators/mailbox.ts";
import type { ScheduleRun, Schedules } from "../lambda/schedules.ts";

export interface ControlOptions {
  clock: LocalClock;
  schedules: Schedules;
  mail(): SentMail[];
  outage: MailOutage;
  /** Whether webhooks may call this machine. */
  loopback: { allowed(): boolean; allow(allowed: boolean): void };
  /** Resolves when the consumers of the stream and of events have caught up, so that what a schedule wrote has had its effect. */
  settle(): Promise<void>;
  /** Functions without route or event, which in AWS an operator invokes by hand. */
  jobs: readonly string[];
  invoke(id: string, payload: unknown): Promise<unknown>;
}

const json = (status: number, value: unknown, type = "application/json"): GatewayResponse => ({
  status,
  headers: [
    ["content-type", type],
    ["cache-control", "no-store"],
  ],
  body: Buffer.from(JSON.stringify(value)),
});

const problem = (status: number, code: string, title: string, detail: string): GatewayResponse =>
  json(
    status,
    { type: "about:blank", title, status, detail, code, requestId: randomUUID() },
    "application/problem+json",
  );

const Advance = z.strictObject({ advance: z.string() });
const Outage = z
  .strictObject({ mode: z.enum(outageModes), count: z.int().positive().optional() })
  .refine(({ mode, count }) => count === undefined || (mode !== "none" && mode !== "down"), {
    error: "count goes with answer-lost, throttled and rejected: no requests can be counted otherwise",
    path: ["count"],
  });

const Loopback = z.strictObject({ loopback: z.boolean() });

const invalid = (detail: string): GatewayResponse => problem(400, "invalid_request", "Invalid request", detail);

/** What a request's body asks for, or the answer that refuses it. */
function parse<Schema extends z.ZodType>(
  schema: Schema,
  body: Buffer,
): { asked: z.infer<Schema> } | { refusal: GatewayResponse } {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    return { refusal: problem(400, "malformed_json", "Malformed JSON", "The body is not JSON.") };
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? { asked: parsed.data } : { refusal: invalid(z.prettifyError(parsed.error)) };
}
const Payload = z.record(z.string(), z.unknown());
const localHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/**
 * Answers `/_local/`: the clock, the schedules, the sent mail, the outages of mail, whether webhooks may call this machine, and the jobs that only an operator invokes. None of it exists in a deployed API.
 * Requests that come by another host's name, or from another site's page in a browser, are refused.
 */
export function createControl({ clock, schedules, mail, outage, loopback, settle, jobs, invoke }: ControlOptions) {
  const time = (): { now: string; offsetMs: number } => ({
    now: new Date(clock.now()).toISOString(),
    offsetMs: clock.offset(),
  });
  // One advance after the other, each with the runs that it makes due.
  let advancing: Promise<unknown> = Promise.resolve();

  const advance = async (body: Buffer): Promise<GatewayResponse> => {
    const request = parse(Advance, body);
    if ("refusal" in request) return request.refusal;
    const run = advancing.then(async (): Promise<ScheduleRun[] | undefined> => {
      if (clock.advance(request.asked.advance) === undefined) return undefined;
      const runs = await schedules.runDue();
      await settle();
      return runs;
    });
    advancing = run.catch(() => undefined);
    const ran = await run;
    if (!ran)
      return invalid(
        "advance must be an ISO 8601 duration such as PT1H or P31D that does not lead beyond the year 9999.",
      );
    return json(200, { ...time(), ran });
  };

  const breakMail = async (body: Buffer): Promise<GatewayResponse> => {
    const request = parse(Outage, body);
    if ("refusal" in request) return request.refusal;
    await outage.set(request.asked.mode, request.asked.count);
    return json(200, outage.current());
  };

  const allowLoopback = (body: Buffer): GatewayResponse => {
    const request = parse(Loopback, body);
    if ("refusal" in request) return request.refusal;
    loopback.allow(request.asked.loopback);
    return json(200, { loopback: loopback.allowed() });
  };

  const invokeJob = async (id: string, body: Buffer): Promise<GatewayResponse> => {
    if (!jobs.includes(id))
      return problem(404, "not_found", "Not found", `There is no job ${id}; there are ${jobs.join(", ")}.`);
    const request = parse(Payload, body.length === 0 ? Buffer.from("{}") : body);
    if ("refusal" in request) return request.refusal;
    try {
      await settle();
      return json(200, await invoke(id, request.asked));
    } catch (error) {
      return problem(500, "job_failed", "The job failed", error instanceof Error ? error.message : String(error));
    }
  };

  return async ({ method, url, rawHeaders, body }: GatewayRequest): Promise<GatewayResponse> => {
    const header = (name: string): string | undefined => {
      const index = rawHeaders.findIndex((part, position) => position % 2 === 0 && part.toLowerCase() === name);
      return index < 0 ? undefined : rawHeaders[index + 1];
    };
    const origin = header("origin");
    const fromHere = localHost.test(header("host") ?? "") && (origin === undefined || localHost.test(hostOf(origin)));
    if (!fromHere) return problem(403, "forbidden", "Forbidden", "These addresses answer on this machine only.");

    const path = url.split("?", 1)[0] ?? "";
    const toRun = /^\/_local\/schedules\/([^/]+)\/run$/.exec(path);
    const toInvoke = /^\/_local\/jobs\/([^/]+)\/invoke$/.exec(path);
    const allowed = toRun || toInvoke ? "POST" : methods[path];
    if (allowed === undefined) return problem(404, "not_found", "Not found", `There is nothing at ${path}.`);
    if (!allowed.split(", ").includes(method)) {
      const refusal = problem(405, "method_not_allowed", "Method not allowed", `${path} takes ${allowed}.`);
      return { ...refusal, headers: [...refusal.headers, ["allow", allowed]] };
    }
    switch (`${method} ${path}`) {
      case "GET /_local/clock":
        return json(200, time());
      case "POST /_local/clock":
        return advance(body);
      case "GET /_local/schedules":
        return json(200, { items: schedules.list() });
      case "GET /_local/mail":
        return json(200, { items: mail() });
      case "GET /_local/mail/outage":
        return json(200, outage.current());
      case "POST /_local/mail/outage":
        return breakMail(body);
      case "GET /_local/webhooks":
        return json(200, { loopback: loopback.allowed() });
      case "POST /_local/webhooks":
        return allowLoopback(body);
      default: {
        if (toInvoke) return invokeJob(toInvoke[1] ?? "", body);
        const name = toRun?.[1] ?? "";
        const run = await schedules.run(name);
        if (!run) {
          const names = schedules.list().map((schedule) => schedule.name);
          return problem(404, "not_found", "Not found", `There is no schedule ${name}; there are ${names.join(", ")}.`);
        }
        await settle();
        return run.succeeded ? json(200, run) : problem(500, "schedule_failed", "The schedule failed", run.error);
      }
    }
  };
}

const methods: Readonly<Record<string, string>> = {
  "/_local/clock": "GET, POST",
  "/_local/schedules": "GET",
  "/_local/mail": "GET",
  "/_local/mail/outage": "GET, POST",
  "/_local/webhooks": "GET, POST",
};

const hostOf = (origin: string): string => {
  try {
    return new URL(origin).host;
  } catch {
    return "";
  }
};

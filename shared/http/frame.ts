import type { MiddlewareObj } from "@middy/core";
import { DomainError } from "../domain/terms/errors.ts";
import type { FunctionRuntime } from "../runtime/function-runtime.ts";
import { createMeter, type Meter } from "../store/table/units.ts";
import type { Access } from "../store/access/access-log.ts";
import { hintsMended } from "../store/hierarchy/chain.ts";
import type { Operation } from "./contract.ts";
import { takeFromEdge } from "./access/edge.ts";
import { type HttpEvent } from "./parse.ts";
import { type Answer, toProblem } from "./problem.ts";
import { deprecationLink, stabilityHeaders } from "./stability.ts";

/** What the frame keeps of one request while it runs. */
export interface Frame {
  requestId: string;
  meter: Meter;
  startedMs: number;
  /** Headers that every answer gets, also a refusal. */
  headers: Record<string, string>;
  callerId: string | undefined;
  /** Whose credential it is, for the log of access; undefined: none that can be told of. */
  tries?: Pick<Access, "customerId" | "credential" | "reason">;
}

const frames = new WeakMap<object, Frame>();

/** The frame of a request. */
export function frameOf(event: HttpEvent): Frame {
  const frame = frames.get(event);
  if (!frame) throw new Error("The frame middleware did not run.");
  return frame;
}

const timing = (frame: Frame, elapsedMs: number): string => {
  const { roundTrips, readUnits, writeUnits } = frame.meter.costs();
  return `roundtrips;dur=${roundTrips}, rcu;dur=${readUnits}, wcu;dur=${writeUnits}, total;dur=${elapsedMs.toFixed(1)}`;
};

/** What the frame has to know of an operation. */
export type Framed = Pick<Operation, "id" | "deprecated">;

/**
 * What surrounds every operation: request id, headers, problem documents, one log line per request. Errors are answered here
 * and nowhere else; middy runs no `after` once an error was thrown, so `finish` serves both ways.
 */
export function frame(
  runtime: FunctionRuntime,
  { id: operationId, deprecated }: Framed,
): MiddlewareObj<HttpEvent, Answer> {
  const finish = (event: HttpEvent, answer: Answer, error?: unknown): Answer => {
    const current = frameOf(event);
    const elapsed = performance.now() - current.startedMs;
    const entry = {
      operation: operationId,
      requestId: current.requestId,
      gatewayRequestId: event.requestContext.requestId,
      callerId: current.callerId,
      status: answer.statusCode,
      durationMs: Math.round(elapsed),
      ...current.meter.costs(),
    };
    if (answer.statusCode === 500)
      runtime.logger.error("request failed", { ...entry, error: error instanceof Error ? error : String(error) });
    else if (error instanceof DomainError) runtime.logger.info("request refused", { ...entry, code: error.code });
    else runtime.logger.info("request", entry);
    return {
      ...answer,
      headers: {
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "strict-transport-security": "max-age=63072000; includeSubDomains",
        "x-request-id": current.requestId,
        ...(runtime.env.SHOW_COSTS === "true" && { "server-timing": timing(current, elapsed) }),
        ...stabilityHeaders(deprecated),
        ...current.headers,
        ...answer.headers,
        ...(deprecated && { link: [answer.headers["link"], deprecationLink].filter(Boolean).join(", ") }),
      },
    };
  };
  return {
    before: ({ event }) => {
      takeFromEdge(event, runtime.env.EDGE_SECRET);
      frames.set(event, {
        requestId: runtime.ids.id("request", runtime.clock()),
        meter: createMeter(),
        startedMs: performance.now(),
        headers: {},
        callerId: undefined,
      });
    },
    after: async (request) => {
      await hintsMended();
      if (request.response) request.response = finish(request.event, request.response);
    },
    onError: async (request) => {
      await hintsMended();
      request.response = finish(
        request.event,
        toProblem(request.error, frameOf(request.event).requestId),
        request.error,
      );
    },
  };
}

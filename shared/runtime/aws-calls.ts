import { channel } from "node:diagnostics_channel";

const awsCalls = channel("tenantry:aws-call");

/** The part of a client of the AWS SDK that middleware is added to. */
interface Client {
  middlewareStack: { add: (middleware: never, options: never) => void };
}

/** Publishes each call of a client on the diagnostics channel `tenantry:aws-call`, retries included. In AWS nobody listens there. */
export function tellCalls<C extends Client>(client: C): C {
  const tell =
    (next: (args: { input: unknown }) => unknown, context: Record<string, unknown>) => (args: { input: unknown }) => {
      awsCalls.publish({ command: context["commandName"], input: args.input });
      return next(args);
    };
  client.middlewareStack.add(tell as never, { step: "finalizeRequest", priority: "low", name: "tellCalls" } as never);
  return client;
}

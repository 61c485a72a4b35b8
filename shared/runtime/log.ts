import { Logger } from "@aws-lambda-powertools/logger";

/** A structured logger: one JSON object a line. Level and service come from the environment. */
export const createLogger = (serviceName: string, logLevel: "DEBUG" | "INFO" | "WARN" | "ERROR"): Logger =>
  new Logger({ serviceName, logLevel });
export type { Logger };

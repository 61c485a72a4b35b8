import type { TestProject } from "vitest/node";
import { startDynamoDbLocal } from "../../local/dynamodb.ts";

/** One DynamoDB Local in memory for the whole run. Tests that need none do not wait for it: `createTestTable` does. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dynamo = await startDynamoDbLocal();
  project.provide("dynamoEndpoint", dynamo.endpoint);
  return () => dynamo.stop();
}

declare module "vitest" {
  interface ProvidedContext {
    dynamoEndpoint: string;
  }
}

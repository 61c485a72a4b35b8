import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { stageConfig } from "../../infra/config.ts";

const example = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, "../../infra/tenantry.config.example.json"), "utf8"),
) as { stages: Record<string, unknown> };

describe("configuration of a stage", () => {
  it("has a default for everything", () => {
    expect(stageConfig("production")).toEqual({
      stage: "production",
      tableName: "tenantry-production",
      console: {},
      rateLimitPerMinute: 6_000,
      requestsPerSecond: 1_000,
      publicRequestsPerSecond: 50,
      logLevel: "INFO",
      logRetentionDays: 90,
      storage: { locations: {}, oldVersionDays: 30 },
    });
  });

  it("hardly limits the rate of the local stage, unless the file says so", () => {
    expect(stageConfig("local").rateLimitPerMinute).toBe(100_000);
    expect(stageConfig("local", { stages: {} }).rateLimitPerMinute).toBe(100_000);
    expect(stageConfig("local", { stages: { local: { rateLimitPerMinute: 5 } } }).rateLimitPerMinute).toBe(5);
  });

  it("takes the example file", () => {
    expect(stageConfig("production", example)).toMatchObject({
      domain: { name: "api.backup.example" },
      mail: { from: "no-reply@backup.example" },
    });
    expect(stageConfig("staging", example)).toMatchObject({ logLevel: "DEBUG", rateLimitPerMinute: 6_000 });
  });

  it("sends no mail unless a sender is named, save on the local stage", () => {
    expect(stageConfig("staging", example).mail).toBeUndefined();
    expect(stageConfig("local").mail).toEqual({
      from: "backup@tenantry.example",
      ratePerSecond: 200,
      identity: "create",
    });
  });

  it("has the quota of a new SES account as the default rate, and the sender in lower case", () => {
    const mail = { from: "No-Reply@Backup.example" };
    expect(stageConfig("production", { stages: { production: { mail } } }).mail).toEqual({
      from: "no-reply@backup.example",
      ratePerSecond: 14,
      identity: "create",
    });
  });

  it("takes another table's name, as after a restore", () => {
    expect(stageConfig("production", { stages: { production: { tableName: "restored" } } }).tableName).toBe("restored");
  });

  it.each([
    ["a stage that the file does not name", "prodution", example],
    ["a stage name that resources cannot carry", "Production!", undefined],
    ["an unknown setting", "production", { stages: { production: { alarmMail: "a@b.example" } } }],
    ["a mistake in another stage", "production", { stages: { production: {}, staging: { logLevel: "LOUD" } } }],
    ["a sender that is no address", "production", { stages: { production: { mail: { from: "backup.example" } } } }],
    [
      "a rate of nothing",
      "production",
      { stages: { production: { mail: { from: "a@b.example", ratePerSecond: 0 } } } },
    ],
    ["a retention that CloudWatch does not know", "production", { stages: { production: { logRetentionDays: 91 } } }],
  ])("refuses %s", (_what, stage, file) => {
    expect(() => stageConfig(stage, file)).toThrow();
  });
});

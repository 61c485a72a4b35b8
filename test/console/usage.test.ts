import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { expectAccessible, openConsole, shoot, stage } from "./support/open.ts";

/** Has the API answer as if the customer had been there for a year: nobody waits for so many nights. */
async function withYear(page: Page): Promise<void> {
  const rowOf = (period: string, nth: number) => ({
    period,
    days: 30,
    missingDays: nth === 12 ? 4 : 0,
    chargedDays: 30,
    averageBytes: (nth + 1) * 1e11,
    endBytes: (nth + 1) * 1.1e11,
    peakBytes: (nth + 1) * 1.3e11,
    devices: { server: 1, laptop: nth },
    licences: nth,
    accounts: { select: 1 },
    branch: { usedBytes: (nth + 1) * 1.1e11, devices: nth + 1, attention: 0 },
  });
  const day = (ahead: number): string => new Date(Date.UTC(2026, 0, 1 + ahead)).toISOString().slice(0, 10);
  await page.route(/\/v1\/.*\/usage\?/, (route) => {
    const isDay = new URL(route.request().url()).searchParams.get("unit") === "day";
    const items = isDay
      ? Array.from({ length: 60 }, (_, nth) => rowOf(day(nth), nth % 12))
      : Array.from({ length: 13 }, (_, nth) =>
          rowOf(`${nth < 1 ? 2025 : 2026}-${String(((nth + 11) % 12) + 1).padStart(2, "0")}`, nth),
        );
    return route.fulfill({
      json: { customerId: stage().customer.id, unit: isDay ? "day" : "month", items, nextCursor: null },
    });
  });
  await page.route(/\/v1\/.*\/overview$/, async (route) => {
    const answer = await route.fetch();
    const trend = Array.from({ length: 30 }, (_, nth) => ({
      day: day(nth),
      usedBytes: 4e11 + nth * 1e10,
      devices: 3 + Math.floor(nth / 10),
      attention: nth % 7 === 0 ? 2 : 1,
    }));
    return route.fulfill({ response: answer, json: { ...((await answer.json()) as object), trend } });
  });
}

test("before the first night there is no figure, and it says why", async () => {
  const page = await openConsole("reseller", { path: `/n/${stage().customer.id}/usage` });
  await page.getByText("No day is over yet").waitFor();
  await expectAccessible(page, "usage without figures");
});

test("thirteen months are bars and figures, or sixty days; they are taken along as CSV", async () => {
  const page = await openConsole("reseller");
  await withYear(page);
  await page.goto(`/console/n/${stage().customer.id}/usage`);
  await page.getByRole("img", { name: /^Space used from December 2025 to December 2026; last 1\.3.TB/ }).waitFor();
  const last = page.getByRole("row", { name: /December 2026/ });
  expect(await last.getByRole("cell").allTextContents()).toEqual(
    expect.arrayContaining([expect.stringMatching(/1\.69.TB/)]),
  );
  await page.getByText("Days without a record are left out").waitFor();
  await expectAccessible(page, "usage");
  await shoot(page, "usage");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "CSV" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/\.csv$/);
  await page.getByText("60 days").click();
  await page.waitForURL(/unit=day/);
  await page.getByRole("row", { name: /1 Mar 2026/ }).waitFor();
});

test("who sells has nothing stored: what is drawn is what all below have", async () => {
  const page = await openConsole("reseller");
  await withYear(page);
  await page.goto(`/console/n/${stage().reseller.id}/usage`);
  await page.getByRole("img", { name: /^Space used by all below .*; last 1\.43.TB/ }).waitFor();
  const last = page.getByRole("row", { name: /December 2026/ });
  expect(await last.getByRole("cell").allTextContents()).toEqual(
    expect.arrayContaining([expect.stringMatching(/1\.43.TB/), "13"]),
  );
  expect(await page.getByRole("columnheader", { name: "Mean" }).count()).toBe(0);
});

test("the overview draws the last thirty days", async () => {
  const page = await openConsole("viewer");
  await withYear(page);
  await page.goto(`/console/n/${stage().customer.id}/overview`);
  const card = page.getByRole("region", { name: "Last 30 days" });
  await card.getByRole("img", { name: /^Space\. .*400.GB\. .*690.GB\.$/ }).waitFor();
  expect(await card.getByRole("img").count()).toBe(3);
  await expectAccessible(page, "overview with curves");
  await shoot(page, "overview-trend");
});

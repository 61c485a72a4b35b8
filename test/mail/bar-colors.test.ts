import * as fc from "fast-check";
import { expect, test } from "vitest";
import { barColors, contrast } from "../../shared/mail/bar-colors.ts";
import { render } from "../../shared/mail/render.ts";
import { accountDetails, look } from "./matters.ts";
import { sized } from "../support/size.ts";

const color = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, "0")}`);

test("calculates contrast as WCAG does", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
  expect(contrast("#ff0000", "#ffffff")).toBeCloseTo(4, 2);
});

test("reads well on every colour", () => {
  fc.assert(
    fc.property(color, (brand) => {
      const { background, text } = barColors(brand);
      expect(background).toBe(brand);
      expect(contrast(background, text)).toBeGreaterThanOrEqual(4.5);
    }),
    { numRuns: sized(400, 2_000) },
  );
});

test("writes white on dark and black on light", () => {
  expect(barColors("#000080").text).toBe("#ffffff");
  expect(barColors("#FFEE00").text).toBe("#000000");
});

test.each(["red", "#fff", "#12345g", "#1234567", "#336699;background:url(x)", "", "url(javascript:x)"])(
  "takes the default where a colour is '%s'",
  async (given) => {
    expect(barColors(given)).toEqual(barColors(null));
    const { html } = await render(accountDetails, { ...look, color: given }, null);
    expect(html).toBe((await render(accountDetails, { ...look, color: null }, null)).html);
  },
);

import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { CallerKind } from "../matrix/callers.ts";
import { expected } from "../matrix/rule.ts";
import type { Spot } from "../matrix/tree.ts";
import { type Area, areas, type Offer, offers } from "./support/offers.ts";
import { openConsole, stage } from "./support/open.ts";
import type { Role } from "./support/seed.ts";

type Place = "reseller" | "customer";
/** Where the branch of the specs stands in the tree of the permission matrix. */
const spots = { provider: "P", reseller: "R", customer: "E" } as const satisfies Record<string, Spot>;

/** Who looks at which page, by the matrix's words. */
const people: readonly { role: Role; right: string; home: keyof typeof spots; pages: readonly Place[] }[] = [
  { role: "provider", right: "admin", home: "provider", pages: ["customer"] },
  { role: "support", right: "support", home: "provider", pages: ["customer"] },
  { role: "reseller", right: "admin", home: "reseller", pages: ["reseller", "customer"] },
  { role: "operator", right: "operator", home: "reseller", pages: ["reseller", "customer"] },
  { role: "viewer", right: "viewer", home: "reseller", pages: ["reseller"] },
  { role: "customer", right: "admin", home: "customer", pages: ["customer"] },
];
type Person = (typeof people)[number];

const callerOf = ({ right, home }: Person): CallerKind => ({
  name: `${right} user of ${spots[home]}`,
  credential: "user",
  at: spots[home],
  role: right,
  home: "E",
});
/** Whether the permission matrix serves somebody who does this on a page. */
function isServed(person: Person, page: Place, { operation, place, itself }: Offer): boolean {
  const at: Spot = page === "reseller" && itself === undefined && place === "params.id" ? "E" : spots[page];
  return expected(operation, callerOf(person), place, { at }) !== 403;
}
/** Whether it serves what an area begins with. */
const isOpen = (person: Person, page: Place, { reads, place = "params.id", at }: Area): boolean =>
  (at === undefined || at === page || (at === "own" && page === person.home)) &&
  expected(reads, callerOf(person), place, { at: spots[page] }) !== 403;

/** Opens an area as people do: by its tab, or in the menu of those that do not fit. @returns whether it is there */
async function openArea(page: Page, path: string): Promise<boolean> {
  const tabs = page.getByRole("navigation", { name: "Areas" });
  const tab = tabs.locator(`a[href$="/${path}"]`);
  if ((await tab.count()) === 0) {
    const more = tabs.getByRole("button", { name: "More" });
    await more.click();
    const menu = page.getByRole("menu");
    await menu.waitFor();
    const entry = menu.locator(`a[href$="/${path}"]`);
    if ((await entry.count()) === 0) {
      await page.keyboard.press("Escape");
      await menu.waitFor({ state: "detached" });
      return false;
    }
    await entry.click();
  } else await tab.click();
  await page.waitForURL((address) => address.pathname.endsWith(`/${path}`));
  return true;
}

const isOffered = async (page: Page, { control }: Offer): Promise<boolean> => {
  const view = page.locator("#view");
  const { role, name } = control;
  const found = (role === "file" ? view.getByLabel(name) : view.getByRole(role, { name })).first();
  return (await found.count()) > 0 && (await found.isEnabled());
};

test.for(people.flatMap((person) => person.pages.map((place) => ({ ...person, place }))))(
  "$role at a $place’s page: the areas, and what can be changed, are those of the permission matrix",
  { timeout: 120_000 },
  async ({ place, ...person }) => {
    const { id } = stage()[place];
    const page = await openConsole(person.role, { path: `/n/${id}/overview` });
    await page.getByRole("region", { name: "Protected" }).waitFor();
    const shut: string[] = [];
    for (const area of areas) {
      const { path } = area;
      const isThere = await openArea(page, path);
      expect(isThere, `${path} is a tab`).toBe(isOpen(person, place, area));
      if (!isThere) {
        shut.push(path);
        continue;
      }
      const here = offers.filter(({ area: where, at }) => where === path && (at === undefined || at === place));
      for (const offer of here) {
        const served = isServed(person, place, offer);
        // What is offered is there soon; what is not must not come either, once all has been loaded.
        if (!served) await page.waitForLoadState("networkidle");
        await expect.poll(() => isOffered(page, offer), { message: `${path}: ${offer.operation}` }).toBe(served);
      }
    }
    // The address of an area that is not there leads to a page that says so.
    const [closed] = shut;
    if (closed !== undefined) {
      await page.goto(`/console/n/${id}/${closed}`);
      await page.getByText(/is not available here/).waitFor();
    }
  },
);

test("another branch looks like what nobody has", async () => {
  const { rival } = stage();
  const unknown = `cus_${"0".repeat(rival.id.length - 5)}1`;
  for (const role of ["reseller", "operator", "customer"] as const) {
    const page = await openConsole(role);
    const said: string[] = [];
    for (const id of [rival.id, unknown]) {
      await page.goto(`/console/n/${id}/devices`);
      const alert = page.getByRole("main").getByRole("alert");
      await alert.waitFor();
      said.push((await alert.innerText()).replace(/Request \S+/, ""));
    }
    expect(said[0]).toContain("It does not exist, or it is outside of your organisation.");
    expect(said[1]).toBe(said[0]);
    await page.context().close();
  }
});

test("an operator is offered no new customer with an account, and a customer nothing that it would buy", async () => {
  const { customer } = stage();
  for (const [role, ways] of [
    ["reseller", ["For a new customer", "A sub-account", "A further parent account"]],
    ["operator", ["A sub-account", "A further parent account"]],
    ["customer", ["A sub-account"]],
  ] as const) {
    const page = await openConsole(role, { path: `/n/${customer.id}/accounts/new` });
    const group = page.getByRole("radiogroup").first();
    await group.waitFor();
    const names = await group
      .getByRole("radio")
      .evaluateAll((all) => all.map((one) => one.closest("label, div")?.parentElement?.textContent ?? ""));
    expect(names.length).toBe(ways.length);
    for (const [nth, way] of ways.entries()) expect(names[nth]).toContain(way);
    await page.context().close();
  }
});

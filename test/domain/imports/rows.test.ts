import { describe, expect, test } from "vitest";
import { type Header, readHeader } from "../../../shared/domain/imports/columns.ts";
import { readRow } from "../../../shared/domain/imports/rows.ts";

function header(names: string): Header {
  const read = readHeader(names.split(","));
  if ("problem" in read) throw new Error(read.problem);
  return read;
}
const row = (names: string, cells: string) => readRow(header(names), cells.split(","));
const generic =
  "kind,externalRef,parent,name,email,country,level,space,licences,tags,username,plan,machineId,deviceKind,os";

describe("a header", () => {
  test("is read whatever its letters, its order and its signs", () => {
    expect(header("Company Name,E-Mail,COUNTRY,external_ref,Colour").columns).toEqual([
      "name",
      "email",
      "country",
      "externalref",
      null,
    ]);
  });
  test("does not take for known what every object has", () => {
    expect(header("name,constructor,toString,__proto__").columns).toEqual(["name", null, null, null]);
    expect(row("name,country,active", "A,DE,constructor").findings).toEqual([
      { path: "active", message: "must be true or false" },
    ]);
  });
  test.each([
    ["name,inTrial,State", "The columns inTrial and State say the same; leave one of them out."],
    ["a,b,c", "The first line names no column that this import knows: a, b, c."],
    ["name,companyname,country", "The columns name and companyname say the same; leave one of them out."],
    ["", "The first line names no column that this import knows: ."],
  ])("%j is refused", (names, problem) => {
    expect(readHeader(names.split(","))).toEqual({ problem });
  });
});

test("a row as Cove's script for customers wants it is a customer", () => {
  const names = "companyname,ParentId,Level,State,LocationId,DeviceCountry";
  expect(row(names, "Acme Corp 1,229433,EndCustomer,InTrial,18,us")).toEqual({
    kind: "customer",
    ref: null,
    parent: "229433",
    isDefault: false,
    input: { name: "Acme Corp 1", level: "end-customer", inTrial: true, country: "US" },
    findings: [],
  });
  expect(row(names, "Acme,229433,EndCustomer,Expired,18,US").findings).toEqual([
    { path: "State", message: "must be InTrial or InProduction" },
  ]);
});

test("customers, accounts and devices stand in one file", () => {
  expect(row(generic, "customer,C-1,R-1,Müller,a@example.com,de,Reseller,500 GB,10,vip|new,,,,,")).toEqual({
    kind: "customer",
    ref: "C-1",
    parent: "R-1",
    isDefault: false,
    input: {
      name: "Müller",
      email: "a@example.com",
      country: "DE",
      level: "reseller",
      space: { limitBytes: 5e11 },
      licences: { limit: 10 },
      tags: ["vip", "new"],
    },
    findings: [],
  });
  expect(row(generic, "Account,A-1,C-1,Ann,ann@example.com,,,,,,ann.mueller,select,,,")).toEqual({
    kind: "account",
    ref: "A-1",
    parent: "C-1",
    isDefault: false,
    input: { username: "ann.mueller", plan: "select", contact: { name: "Ann", email: "ann@example.com" } },
    findings: [],
  });
  expect(row(generic, "device,D-1,A-1,PC-7,,,,,,,,,machine-7,laptop,Windows 11")).toEqual({
    kind: "device",
    ref: "D-1",
    parent: "A-1",
    isDefault: false,
    input: { name: "PC-7", machineId: "machine-7", kind: "laptop", os: "Windows 11" },
    findings: [],
  });
});

test("everything that is wrong is found at once, by the column's own name", () => {
  const names = "Art,Betrieb,Company Name,E-Mail,DeviceCountry,Space,Licences";
  const { findings } = row(names.replace("Art", "Type"), "customer,x,,not an address,DEUTSCHLAND,much,ten");
  expect(findings.map(({ path }) => path).sort()).toEqual([
    "Company Name",
    "DeviceCountry",
    "E-Mail",
    "Licences",
    "Space",
  ]);
  expect(findings).toContainEqual({ path: "Company Name", message: "is required" });
  expect(findings).toContainEqual({ path: "Space", message: "must be a size, such as 500 GB" });
});

test.each([
  ["computer,,,PC,,,,,,,,,m,laptop,Linux", "kind", "must be customer, account or device"],
  ["device,,A,PC,,,,,,,,,m,toaster,Linux", "deviceKind", expect.any(String)],
  ["device,,A,PC,,,,,,,,,,laptop,Linux", "machineId", "is required"],
  ["account,,C,Ann,ann@example.com,,,,,,,select,,,", "username", "is required"],
  ["customer,,,A,,DE,,1,,,,,,,,more", "", "has 16 cells, and the first line names 15 columns"],
  [`customer,${"x".repeat(201)},,A,,DE,,,,,,,,,`, "externalRef", "must be a line of 200 characters at most"],
])("%s is refused at %s", (cells, path, message) => {
  expect(row(generic, cells).findings).toContainEqual({ path, message });
});

test("a cell that was kept from being a formula says what it says", () => {
  const cells = (text: string) => row("name,country,phone,notes", text).input;
  expect(cells("'=A1,DE,'+49 851 1,'-")).toEqual({ name: "=A1", country: "DE", phone: "+49 851 1", notes: "-" });
  expect(cells("''=A1,DE,'s-Hertogenbosch,' ")).toMatchObject({ name: "'=A1", phone: "'s-Hertogenbosch" });
});

test("white space around notes belongs to them, around all else it does not", () => {
  expect(readRow(header("name,country,notes"), [" A ", " DE", "  indented\n"]).input).toEqual({
    name: "A",
    country: "DE",
    notes: "  indented\n",
  });
  expect(readRow(header("name,country,notes"), ["A", "DE", " \n"]).input).toEqual({ name: "A", country: "DE" });
});

test("several items in a cell may hold any sign", () => {
  expect(row("name,country,tags", "A,DE,vip|a\\|b | c\\\\|d\\e").input).toMatchObject({
    tags: ["vip", "a|b", "c\\", "d\\e"],
  });
  expect(row("name,country,servicesToProvide", "A,DE,AllInclusive|software-only").input).toMatchObject({
    servicesToProvide: ["all-inclusive", "software-only"],
  });
});

describe("a row of a Default Customer", () => {
  const names = "kind,parent,defaultCustomer,name,country,inTrial,username";
  test("says what is to be changed, and needs nothing else", () => {
    expect(row(names, "customer,R-1,yes,Walk-ins,,,")).toEqual({
      kind: "customer",
      ref: null,
      parent: "R-1",
      isDefault: true,
      input: { name: "Walk-ins" },
      findings: [],
    });
    expect(row("name,isDefault", "A,no").isDefault).toBe(false);
  });
  test.each([
    ["customer,R-1,perhaps,,DE,,", "defaultCustomer", "must be true or false"],
    ["account,R-1,true,,,,ann", "defaultCustomer", "can be said of a customer only"],
    ["customer,R-1,true,,,true,", "inTrial", "cannot be said of a Default Customer"],
    ["customer,R-1,true,,Germany,,", "country", expect.any(String)],
  ])("%s is refused at %s", (cells, path, message) => {
    expect(row(names, cells).findings).toContainEqual({ path, message });
  });
});

test("an empty cell says nothing", () => {
  expect(row(generic, "customer,, ,A,,DE,,,,,,,,,")).toEqual({
    kind: "customer",
    ref: null,
    parent: null,
    isDefault: false,
    input: { name: "A", country: "DE" },
    findings: [],
  });
});

#!/usr/bin/env node
// Fills a running local stack with a small business: 3 resellers, 18 customers, 108 computers and two weeks of their jobs, some of them in trouble (with --large 60, 600 and a month). Then
// it sends tonight's reports. Everything goes through the API, as a reseller's own program would do it.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";

const usage = `
Usage: npm run demo -- [options]

Fills a running local stack (npm start) with customers, computers and a month of jobs, and sends the reports of the night.

  --url URL       where the API answers (http://127.0.0.1:8787)
  --home FOLDER   the stack's folder, with its first key (.tenantry)
  --large         60 customers with 600 computers and a month of jobs, which take a quarter of an hour or more
  --days N        days of jobs (14; with --large 30)
`;
/** The options of the command line; a wrong one ends the program with one line. */
function readOptions() {
  try {
    return parseArgs({
      options: {
        url: { type: "string", default: `http://127.0.0.1:${process.env.PORT ?? 8787}` },
        home: { type: "string", default: process.env.TENANTRY_HOME ?? ".tenantry" },
        days: { type: "string" },
        large: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${error.message.split(/[.\n]/, 1)[0]}. Try --help.\n`);
    return process.exit(2);
  }
}
const values = readOptions();
if (values.help) {
  process.stdout.write(`${usage.trim()}\n`);
  process.exit(0);
}
const fail = (text) => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};
const keyFile = join(resolve(values.home), "admin-key");
if (!existsSync(keyFile)) fail(`There is no ${keyFile}. Start the stack with npm start first, or say --home.`);
const adminKey = readFileSync(keyFile, "utf8").trim();
const size = values.large ? { customers: 20, computers: 10, days: 30 } : { customers: 6, computers: 6, days: 14 };
const days = Number(values.days ?? size.days);
if (!Number.isInteger(days) || days < 1 || days > 90) fail("--days must be 1 to 90.");

/** How long a call is repeated while the stack says that it is busy. */
const patienceMs = 60_000;
/** A call of the API; what is refused ends the program with the problem document. */
async function call(method, path, body, token = adminKey) {
  for (const until = Date.now() + patienceMs; ;) {
    const response = await fetch(`${values.url}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    }).catch((error) =>
      fail(`${values.url} does not answer (${error.cause?.code ?? error.message}). Is the stack running?`),
    );
    if (response.ok) return response.json();
    const text = await response.text();
    if ((response.status !== 503 && response.status !== 429) || Date.now() > until)
      fail(`${method} ${path} answered ${response.status}: ${text}`);
    const waitMs = Number(response.headers.get("retry-after") ?? 0) * 1000 || 300;
    await new Promise((done) => setTimeout(done, waitMs));
  }
}
/** Does the same for each of many, sixteen at a time. */
async function each(items, work) {
  const rest = [...items.entries()];
  const results = [];
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let next = rest.shift(); next; next = rest.shift()) results[next[0]] = await work(next[1], next[0]);
    }),
  );
  return results;
}

// The same business each time: chances come from a fixed seed.
let state = 20_261_127;
const random = (below) => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
const pick = (list) => list[random(list.length)];

const resellers = [
  { name: "Nussbaum IT", country: "DE", locale: "de", timezone: "Europe/Berlin", email: "betrieb@nussbaum.example" },
  {
    name: "Alvarado Sistemas",
    country: "ES",
    locale: "en",
    timezone: "Europe/Madrid",
    email: "soporte@alvarado.example",
  },
  {
    name: "Harbour Light Computing",
    country: "GB",
    locale: "en",
    timezone: "Europe/London",
    email: "ops@harbourlight.example",
  },
];
const names = {
  DE: {
    first: [
      "Bäckerei",
      "Autohaus",
      "Praxis Dr.",
      "Kanzlei",
      "Tischlerei",
      "Druckerei",
      "Gärtnerei",
      "Hotel",
      "Buchhandlung",
      "Zahnarzt",
    ],
    last: ["Müller", "Größ", "Jäger", "Vogel", "Brandt & Söhne", "Seeblick", "Löwe", "Kühn", "Weiß", "Östermann"],
  },
  ES: {
    first: [
      "Panadería",
      "Talleres",
      "Clínica",
      "Gestoría",
      "Carpintería",
      "Imprenta",
      "Viveros",
      "Hostal",
      "Librería",
      "Farmacia",
    ],
    last: ["Muñoz", "Ibáñez", "Peña", "García e Hijos", "del Río", "Núñez", "La Niña", "Álvarez", "Castaño", "Sagüés"],
  },
  GB: {
    first: [
      "Harbour",
      "Old Mill",
      "Kingsway",
      "Riverside",
      "St Anne's",
      "Northgate",
      "Elm Street",
      "Bluebell",
      "Castle",
      "Quayside",
    ],
    last: ["Dental", "Solicitors", "Bakery", "Garage", "Joinery", "Press", "Nursery", "Inn", "Books", "Pharmacy"],
  },
};
const kinds = [
  {
    kind: "server",
    names: ["SRV-FILES", "SRV-ACCOUNTS", "SRV-DB", "SRV-MAIL"],
    os: "Windows Server 2025",
    bytes: 600e9,
  },
  {
    kind: "workstation",
    names: ["FRONT-DESK", "OFFICE", "WORKSHOP", "TILL", "PLANNING"],
    os: "Windows 11",
    bytes: 90e9,
  },
  { kind: "laptop", names: ["LAPTOP", "MACBOOK", "TRAVEL"], os: "macOS 26", bytes: 120e9 },
];
const troubles = [
  "The volume shadow copy could not be created (0x8004231f).",
  "The network path was not found.",
  "The disk is full.",
  "The backup was interrupted: the computer was shut down.",
];
const dayMs = 86_400_000;
const began = Date.now();
const say = (text) =>
  process.stdout.write(`${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s  ${text}\n`);

const { scope } = await call("GET", "/me");
const taken = await call("GET", `/customers?parentId=${scope.id}&name=Nussbaum%20IT`);
if (taken.items.length > 0) fail("This stack has been filled already. Remove its folder to begin anew.");

const customers = [];
for (const [nth, one] of resellers.entries()) {
  const reseller = await call("POST", "/customers", {
    ...one,
    level: "reseller",
    parentId: scope.id,
    space: { limitBytes: 50e12 },
    licences: { limit: 210 },
  });
  resellers[nth] = { ...one, id: reseller.id };
  const words = names[one.country];
  for (let count = 0; count < size.customers; count += 1)
    customers.push({
      parentId: reseller.id,
      name: `${words.first[count % 10]} ${words.last[(count * 3 + Math.floor(count / 10)) % 10]}${count >= 10 ? " II" : ""}`,
      email: `office.${nth}.${count}@example.com`,
      country: one.country,
      autoAuthorize: true,
      ...(count % 4 === 0 && { space: { limitBytes: 1.5e12 } }),
    });
}
const made = await each(customers, async (customer) => {
  const { id } = await call("POST", "/customers", customer);
  const { token } = await call("POST", `/customers/${id}/enrolment-keys`, { name: "Demo", plan: "select" });
  return { id, token };
});
say(`${made.length} customers of ${resellers.length} resellers`);

const computers = made.flatMap(({ token }, of) =>
  Array.from({ length: size.computers }, (_, nth) => {
    const kind = kinds[nth < 2 ? 0 : nth < 7 ? 1 : 2];
    const fate = random(100);
    return {
      enrolmentKey: token,
      machineId: `demo-${of}-${nth}`,
      name: `${pick(kind.names)}-${String(nth + 1).padStart(2, "0")}`,
      kind: kind.kind,
      os: kind.os,
      agentVersion: fate < 4 ? "6.4.1" : "7.2.0",
      bytes: Math.round(kind.bytes * (0.3 + random(140) / 100)),
      // In a hundred: 4 whose last backups fail, 3 whose last one did, 3 that are silent, 2 that have never backed up, 3 with a warning.
      fate:
        fate < 4
          ? "failing"
          : fate < 7
            ? "failed"
            : fate < 10
              ? "silent"
              : fate < 12
                ? "never"
                : fate < 15
                  ? "warning"
                  : "well",
    };
  }),
);
const devices = await each(computers, async ({ bytes, fate, ...machine }) => {
  const { token } = await call("POST", "/agent/enrol", machine, "none");
  const set = await call("POST", "/agent/backup-sets", { name: "Everything", selection: { include: ["/"] } }, token);
  if (fate !== "never") await call("POST", "/agent/backups", { backupSetId: set.id, estimatedBytes: bytes }, token);
  return { token, setId: set.id, bytes, fate };
});
say(`${devices.length} computers; open ${values.url}/console/ meanwhile: their jobs come now`);

const midnight = Math.floor(Date.now() / dayMs) * dayMs;
let jobs = 0;
let told = Date.now();
for (let day = days; day >= 1; day -= 1) {
  const backingUp = [...devices.entries()].filter(
    ([, { fate }]) => fate !== "never" && (fate !== "silent" || day >= 9),
  );
  await each(backingUp, async ([of, { token, setId, bytes, fate }]) => {
    const startedAt = midnight - day * dayMs + (20 * 60 + (of % 180)) * 60_000;
    const bad = (fate === "failing" && day <= 5) || (fate === "failed" && day === 1) || (of * 31 + day * 17) % 97 === 0;
    const status = bad ? "failed" : fate === "warning" && day === 1 ? "warning" : "succeeded";
    await call(
      "POST",
      "/agent/jobs",
      {
        jobId: `demo-${day}`,
        backupSetId: setId,
        type: "backup",
        status,
        startedAt: new Date(startedAt).toISOString(),
        endedAt: new Date(startedAt + 20 * 60_000).toISOString(),
        bytes: bad ? 0 : Math.round(bytes / 200),
        files: bad ? 0 : 1_000 + of,
        errors: status === "failed" ? [troubles[(of + day) % troubles.length]] : [],
      },
      token,
    );
    jobs += 1;
  });
  if (day > 1 && Date.now() - told > 10_000) {
    told = Date.now();
    say(`${jobs} jobs of ${days - day + 1} of ${days} days`);
  }
}
await each(
  devices.filter(({ fate }) => fate !== "never"),
  ({ token, bytes }) => call("POST", "/agent/usage", { usedBytes: bytes, measuredAt: new Date().toISOString() }, token),
);
say(`${jobs} jobs of ${days} days`);

/** Sets up the books of a seller: what its invoices say of it, its prices, and whom it invoices. */
async function invoice(seller, prices, payers, token) {
  const party = ({ name, country }) => ({
    name,
    address: "Example Street 1",
    postcode: "10115",
    city: "Sampletown",
    country,
  });
  const vatIds = { DE: "DE123456789", ES: "ESB12345674", GB: "GB123456789" };
  const details = { ...party(seller), vatId: vatIds[seller.country] ?? null, email: seller.email };
  await call("PUT", "/invoice-issuer", { seller: details, numbers: { prefix: seller.prefix } }, token);
  const { id: pricePlanId } = await call("POST", "/price-plans", prices, token);
  await each(payers, (payer) =>
    call(
      "PUT",
      `/customers/${payer.id}/invoice-config`,
      {
        enabled: true,
        pricePlanId,
        dayOfMonth: 3,
        recipient: payer.email,
        language: payer.locale ?? seller.locale,
        paymentTermsDays: 14,
        buyer: party(payer),
      },
      token,
    ),
  );
}
// Amounts are in minor units: a hundredth of a euro.
const from = { validFrom: `${new Date().getUTCFullYear()}-01-01`, taxPercent: "19" };
const wholesale = {
  storage: {
    unit: "GB",
    measure: "average",
    price: {
      mode: "graduated",
      tiers: [
        { upTo: 5_000, unitPrice: "2.5" },
        { upTo: null, unitPrice: "1.75" },
      ],
    },
  },
  licences: { unitPrice: "150" },
};
const retail = {
  storage: { unit: "GB", measure: "average", price: { unitPrice: "4.9", freeUnits: 100 } },
  devices: { server: { unitPrice: "1490" }, workstation: { unitPrice: "590" }, laptop: { unitPrice: "490" } },
  minimum: "1500",
};
const provider = await call("GET", `/customers/${scope.id}`);
const plan = (name, prices) => ({ name, currency: "EUR", versions: [{ ...from, ...prices }] });
await invoice({ ...provider, locale: "en", prefix: "EB" }, plan("Resellers", wholesale), resellers);
const [first] = resellers;
const { token: books } = await call("POST", "/api-keys", {
  customerId: first.id,
  role: "admin",
  name: "Demo: invoices",
});
const own = made.flatMap(({ id }, nth) => (customers[nth].parentId === first.id ? [{ ...customers[nth], id }] : []));
await invoice({ ...first, prefix: "NB" }, plan("Everything", retail), own, books);
say(`prices, and invoices from next month on: of the provider to its resellers, and of ${first.name} to its customers`);

for (const { id, email } of resellers) {
  const { items } = await call("GET", `/report-subscriptions?customerId=${id}`);
  for (const one of items) {
    await call("PATCH", `/report-subscriptions/${one.id}`, { active: true });
    await call("POST", `/report-subscriptions/${one.id}/send`);
  }
  const all = { customerId: id, kind: "consolidated", frequency: "weekly", weekday: 1, hour: 7, attachCsv: true };
  const { id: consolidated } = await call("POST", "/report-subscriptions", { ...all, recipients: [{ email }] });
  await call("POST", `/report-subscriptions/${consolidated}/send`);
}
say(`4 reports for each reseller are on their way; read them in the mailbox, whose address stands at ${values.url}/`);

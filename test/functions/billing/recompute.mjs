/*
 * Recomputes invoices from raw events: what was done to which customer, and when. It shares no code with the product, and is written in another way:
 * day by day over the events, in exact fractions of whole numbers. All events are at noon UTC, and so are all time zones.
 */

const MS = 86_400_000;
/** A trial ends by itself after so many days, and what is used from that day on is charged. */
const TRIAL_MS = 30 * MS;
const dayOf = (ms) => new Date(ms).toISOString().slice(0, 10);
const units = { GB: 10n ** 9n, GiB: 2n ** 30n };

/** A price such as 12.5 as a fraction of 10,000. */
const price = (text) => {
  const [whole, part = ""] = text.split(".");
  return BigInt(whole + part.padEnd(4, "0"));
};
/** numerator / denominator, rounded half up. */
const round = (numerator, denominator) => Number((2n * numerator + denominator) / (2n * denominator));

/** What a customer was at the end of a day. */
function stateAt(events, customer, end) {
  const state = {
    seller: null,
    trial: false,
    active: true,
    deleted: false,
    bytes: new Map(),
    devices: new Map(),
    licences: new Set(),
  };
  for (const event of events) {
    if (event.at >= end || event.customer !== customer) continue;
    if (event.type === "created")
      Object.assign(state, { seller: event.seller, trial: event.trial && event.at + TRIAL_MS >= end });
    if (event.type === "converted") state.trial = false;
    if (event.type === "moved") state.seller = event.seller;
    if (event.type === "suspended") state.active = false;
    if (event.type === "resumed") state.active = true;
    if (event.type === "deleted") state.deleted = true;
    if (event.type === "device") state.devices.set(event.device, event.kind);
    if (event.type === "licence") state.licences.add(event.device);
    if (event.type === "usage") state.bytes.set(event.device, event.bytes);
  }
  state.used = [...state.bytes.values()].reduce((sum, bytes) => sum + BigInt(bytes), 0n);
  return state;
}

/** The most that a customer used on a day: what it began with, and each sum after a report. */
function peakOn(events, customer, start, end) {
  let peak = stateAt(events, customer, start).used;
  for (const { at, type, customer: whose } of events)
    if (whose === customer && type === "usage" && at >= start && at < end) {
      const { used } = stateAt(events, customer, at + 1);
      if (used > peak) peak = used;
    }
  return peak;
}

/** What tiers take for an amount: in ten-thousandths of a minor unit times the unit of the amount and times days. */
function tiered({ freeUnits = 0, unitPrice, tiers, mode }, total, days, unit) {
  const rest = total - BigInt(freeUnits) * unit * days;
  if (rest <= 0n) return 0n;
  if (unitPrice !== undefined) return rest * price(unitPrice);
  let [sum, from] = [0n, 0n];
  for (const { upTo, unitPrice: step } of tiers) {
    const to = upTo === null ? rest : BigInt(upTo) * unit * days;
    if (mode === "volume" && rest > from && (upTo === null || rest <= to)) return rest * price(step);
    if (mode === "graduated" && rest > from) sum += ((rest < to ? rest : to) - from) * price(step);
    from = to;
  }
  return sum;
}

/** What a seller takes from a customer for a month: null where there is nothing to charge. */
export function recompute(events, { seller, customer, month, prices }) {
  const [year, number] = month.split("-").map(Number);
  const length = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const charged = [];
  for (let day = 1; day <= length; day += 1) {
    const start = Date.UTC(year, number - 1, day);
    const state = stateAt(events, customer, start + MS);
    if (state.seller !== seller || state.trial || !state.active || state.deleted) continue;
    charged.push({ day: dayOf(start), ...state, peak: peakOn(events, customer, start, start + MS) });
  }
  if (charged.length === 0) return null;
  const lines = [];
  const { unit, measure, price: storage } = prices.storage;
  const count = BigInt(charged.length);
  const total = {
    average: charged.reduce((sum, { used }) => sum + used, 0n),
    end: charged.at(-1).used * count,
    peak: charged.reduce((most, { peak }) => (peak > most ? peak : most), 0n) * count,
  }[measure];
  const [scale, month10000] = [units[unit], 10_000n * BigInt(length)];
  const has = measure === "peak" ? charged.some(({ peak }) => peak > 0n) : charged.some(({ used }) => used > 0n);
  if (has) lines.push(round(tiered(storage, total, count, scale), scale * month10000));
  const pieces = (priced, quantity) => {
    if (priced === undefined || charged.every((one) => quantity(one) === 0)) return;
    const cost = charged.reduce((sum, one) => sum + tiered(priced, BigInt(quantity(one)), 1n, 1n), 0n);
    lines.push(round(cost, month10000));
  };
  for (const kind of ["workstation", "laptop", "server"])
    pieces(prices.devices?.[kind], ({ devices }) => [...devices.values()].filter((one) => one === kind).length);
  pieces(prices.licences, ({ licences }) => licences.size);
  const sum = lines.reduce((all, amount) => all + amount, 0);
  const discount = prices.discountPercent ? round(BigInt(sum) * price(prices.discountPercent), 1_000_000n) : 0;
  const least = prices.minimum ? round(price(prices.minimum) * count, month10000) : 0;
  const net = Math.max(sum - discount, least);
  if (lines.length === 0 && net === 0) return null;
  return { lines, net, total: net + round(BigInt(net) * price(prices.taxPercent), 1_000_000n) };
}

import Big from "big.js";
import * as iso4217 from "dinero.js/currencies";
import * as z from "zod";

/*
 * Amounts are whole minor units. Prices have up to four decimals more and are written as decimal strings. What is calculated from them is exact until it
 * is rounded, once: half up, away from zero, so that a charge and the same charge given back are the same amount.
 */

/** Decimal fractions without loss. A division is the only thing that rounds: to whole minor units, half away from zero. */
const Exact = Big();
Exact.DP = 0;
Exact.RM = Exact.roundHalfUp;

/** How many decimals the amounts of a currency have, by ISO 4217. Those whose minor unit is a fifth (MGA, MRU) are left out. */
const exponents: ReadonlyMap<string, number> = new Map(
  Object.values(iso4217).flatMap(({ code, base, exponent }) => (base === 10 ? [[code, exponent] as const] : [])),
);

/** Whether there is a currency with this ISO 4217 code, and amounts in it can be reckoned with. */
export const isCurrency = (code: string): boolean => exponents.has(code);

/** Decimals of a currency's amounts: 2 for EUR, 0 for JPY, 3 for KWD. @throws Error for what is no currency */
export function minorUnitOf(code: string): number {
  const exponent = exponents.get(code);
  if (exponent === undefined) throw new Error(`${code} is no currency.`);
  return exponent;
}

/** An amount in minor units as a decimal number of the currency: 1234 EUR is "12.34", and -5 is "-0.05". @throws Error for what is no currency */
export const inMajorUnits = (amount: number | string, code: string): string =>
  scaled(amount, minorUnitOf(code)).toFixed();

/** The same with all decimals that the currency has, for what is read by people: 1250 EUR is "12.50". @throws Error for what is no currency */
export const amountText = (amount: number, code: string): string =>
  scaled(amount, minorUnitOf(code)).toFixed(minorUnitOf(code));

/** A number with its point so many places to the left. */
const scaled = (value: number | string | Big, places: number): Big => new Exact(value).times(`1e${-places}`);

/** A price in minor units, with up to 4 decimals. A negative one can be read, so that a rule can refuse it by name. */
export const Price = z
  .string()
  .regex(/^-?(?:0|[1-9]\d{0,9})(?:\.\d{1,4})?$/, { error: "must be a decimal number with up to 4 decimals" })
  .meta({ description: "Minor units, with up to 4 decimals", examples: ["12.5"] });

/** Per cent, with up to 4 decimals. */
export const Percent = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,2})(?:\.\d{1,4})?$/, { error: "must be a number of per cent with up to 4 decimals" })
  .meta({ description: "Per cent", examples: ["19"] });

/** A decimal number with its point so many places to the right. */
export const timesTen = (value: string, places: number): string => scaled(value, -places).toFixed();

/** A quantity at a price. */
export interface Charge {
  /** Minor units for one unit. */
  unitPrice: string;
  /** A whole number, such as bytes times days. */
  charged: string;
}

/**
 * What quantities cost together: the sum of price times quantity, divided by what the quantities are counted in, rounded once.
 * @param perUnit how much of what is charged makes one unit for one month: bytes of a gigabyte times days of the month
 * @returns minor units
 * @throws RangeError beyond what a number can hold exactly
 */
export const costOf = (charges: readonly Charge[], perUnit: bigint): number =>
  whole(
    charges
      .reduce((sum, { unitPrice, charged }) => sum.plus(new Exact(unitPrice).times(charged)), new Exact(0))
      .div(perUnit.toString()),
  );

/** A share of an amount, rounded once. @param amount minor units, which also come back */
export const percentOf = (amount: number, percent: string): number => whole(new Exact(amount).times(percent).div(100));

/** The sum of amounts. @throws RangeError beyond what a number can hold exactly */
export const sumOf = (amounts: readonly number[]): number =>
  whole(amounts.reduce((sum, amount) => sum.plus(amount), new Exact(0)));

/** Whether a decimal number is more than another; both as strings. */
export const exceeds = (one: string, other: string): boolean => new Exact(one).gt(other);

/** A decimal number divided by a whole one, to so many decimals at most, half up: what is shown of a quantity. */
export function quotient(numerator: string, denominator: bigint, decimals: number): string {
  return scaled(new Exact(numerator).times(`1e${decimals}`).div(denominator.toString()), decimals).toFixed();
}

function whole(value: Big): number {
  const number = Number(value.toFixed());
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value.toFixed()} is more than an amount can be.`);
  // Big knows a negative zero, which JSON would not tell from zero and a comparison would.
  return number === 0 ? 0 : number;
}

import * as z from "zod";

/**
 * Zones whose names in the time zone database have changed since ICU, which `Intl` asks, fixed its own: `Intl` answers the old name for
 * both. A test compares all names with the database.
 */
const renamed = new Map(
  Object.entries({
    "Africa/Asmera": "Africa/Asmara",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Catamarca": "America/Argentina/Catamarca",
    "America/Coral_Harbour": "America/Atikokan",
    "America/Cordoba": "America/Argentina/Cordoba",
    "America/Godthab": "America/Nuuk",
    "America/Indianapolis": "America/Indiana/Indianapolis",
    "America/Jujuy": "America/Argentina/Jujuy",
    "America/Louisville": "America/Kentucky/Louisville",
    "America/Mendoza": "America/Argentina/Mendoza",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "Atlantic/Faeroe": "Atlantic/Faroe",
    "Europe/Kiev": "Europe/Kyiv",
    "Pacific/Enderbury": "Pacific/Kanton",
    "Pacific/Ponape": "Pacific/Pohnpei",
    "Pacific/Truk": "Pacific/Chuuk",
  }),
);
/** Abbreviations that ICU knows and the time zone database does not: most of them mean several zones. */
const ambiguous =
  /^(?:ACT|AET|AGT|ART|AST|BET|BST|CAT|CNT|CST|CTT|EAT|ECT|IET|IST|JST|MIT|NET|NST|PLT|PNT|PRT|PST|SST|VST|SystemV\/.*)$/i;

/**
 * The one name of a time zone in the IANA time zone database, whatever its case and whichever of its older names is given; undefined
 * where there is no such zone. Offsets are no names. A country keeps its own zone where another's has the same clock (Europe/Amsterdam).
 */
export function canonicalZone(name: string): string | undefined {
  if (!/^[A-Za-z]/.test(name) || ambiguous.test(name)) return undefined;
  try {
    const known = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
    return renamed.get(known) ?? known;
  } catch {
    return undefined;
  }
}

/** A time zone by any of its names; what is read is its canonical one. */
export const TimeZone = z
  .string()
  .check((context) => {
    const zone = canonicalZone(context.value);
    if (zone !== undefined) context.value = zone;
    else
      context.issues.push({
        code: "custom",
        input: context.value,
        message: /^[+-]|^(?:UTC|GMT)[+-]/i.test(context.value)
          ? "must be an IANA time zone, such as Europe/Berlin, not an offset: an offset knows no summer time"
          : "must be an IANA time zone, such as Europe/Berlin",
      });
  })
  .meta({ description: "IANA time zone; kept by its canonical name", examples: ["Europe/Berlin"] });
